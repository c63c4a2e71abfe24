import { describe, expect, it } from 'vitest';
import { isBuiltIn, probeProvider, providers } from './providers';

describe('providers', () => {
  it('finds that the CPU works', async () => {
    expect(await probeProvider('cpu')).toMatchObject({ provider: 'cpu', available: true });
  });

  it('says why a provider that was left out of the build is not there', async () => {
    for (const provider of providers.filter((candidate) => !isBuiltIn(candidate))) {
      const status = await probeProvider(provider);
      expect(status.available).toBe(false);
      expect(status.reason).toContain(provider);
    }
  });
});
