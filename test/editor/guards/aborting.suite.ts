import { describe, it } from 'mocha';

describe('a suite that ends its process', () => {
  it('passes at first', () => {});

  it('dies as native code does', () => {
    process.abort();
  });
});
