/** Names the file that gets the results. */
export const reportVariable = 'LAYERWISE_REPORT';

/** The files that mocha loads, as JSON. */
export const filesVariable = 'LAYERWISE_SUITES';
