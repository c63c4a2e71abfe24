/** One option at a site: leave the layer as it is, or replace it by factors of a rank. */
export type Choice = { readonly kind: 'keep' } | { readonly kind: 'rank'; readonly rank: number };
