import { describe, it } from 'mocha';

describe('a suite that is wrong', () => {
  it('passes at first', () => {});

  it('fails', () => {
    throw new Error('on purpose');
  });
});
