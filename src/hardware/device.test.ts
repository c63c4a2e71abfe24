import { describe, expect, it } from 'vitest';
import { defaultDevice, deviceKey } from './device';
import { describeEnvironment } from './environment';

describe('describeEnvironment', () => {
  it('tells what a measurement depends on', () => {
    const environment = describeEnvironment({ provider: 'cpu', threads: 2 });
    expect(environment).toMatchObject({ provider: 'cpu', threads: 2, node: process.versions.node });
    expect(environment.runtime).toMatch(/^\d+\.\d+\.\d+/);
    expect(environment.cpu).not.toBe('');
    expect(environment.cores).toBeGreaterThan(0);
    expect(environment.memoryBytes).toBeGreaterThan(0);
    expect(JSON.parse(JSON.stringify(environment))).toEqual(environment);
  });
});

describe('deviceKey', () => {
  const environment = describeEnvironment(defaultDevice);
  const key = deviceKey(defaultDevice, environment);

  it('is fit for a file name and does not change with time or load', () => {
    expect(key).toMatch(/^[a-z0-9.-]+$/);
    expect(deviceKey(defaultDevice, { ...environment, time: 'later', loadAverage: [9, 9, 9], otherLoad: 2 })).toBe(key);
  });

  it('changes with what times depend on', () => {
    const others = [
      deviceKey({ ...defaultDevice, threads: 2 }, environment),
      deviceKey({ ...defaultDevice, provider: 'cuda' }, environment),
      deviceKey(defaultDevice, { ...environment, cpu: 'Another CPU' }),
      deviceKey(defaultDevice, { ...environment, flags: [...environment.flags, 'avx10'] }),
      deviceKey(defaultDevice, { ...environment, runtime: '9.9.9' }),
      deviceKey(defaultDevice, { ...environment, platform: 'other' }),
    ];
    expect(new Set([key, ...others]).size).toBe(others.length + 1);
  });
});
