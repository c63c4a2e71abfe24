import { expect, it } from 'vitest';
import { blockedBackendAvailable, findBlockedBackend, kernelBlockSize } from './backend';

it('finds the blocked backend with the block size of the kernels, once', async () => {
  const available = await blockedBackendAvailable();
  expect(await findBlockedBackend()).toBe(available);
  expect(available).toEqual({ blockSize: await kernelBlockSize() });
  expect([4, 8, 16]).toContain(available?.blockSize);
  expect(await blockedBackendAvailable()).toBe(available);
});
