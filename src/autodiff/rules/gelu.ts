import { unaryRule, type RuleEntry, type UnaryTerms } from './entry';

const rootHalf = Math.SQRT1_2;
/** Of the normal density. */
const inverseRootTwoPi = 1 / Math.sqrt(2 * Math.PI);
/** Of the tanh approximation (Hendrycks and Gimpel, Gaussian error linear units, section 2). */
const tanhScale = Math.sqrt(2 / Math.PI);
const tanhCubic = 0.044715;

/** `y = x Phi(x)`, so `dy/dx = Phi(x) + x phi(x)` with the normal distribution and its density. */
function exactGradient({ f, x, dY }: UnaryTerms): string {
  const distribution = f.mul(f.add(f.unary('Erf', f.mul(x, rootHalf)), 1), 0.5);
  const density = f.mul(f.unary('Exp', f.mul(f.square(x), -0.5)), inverseRootTwoPi);
  return f.mul(dY, f.add(distribution, f.mul(x, density)));
}

/** `y = x (1 + tanh u) / 2` with `u = tanhScale (x + tanhCubic x^3)`. */
function tanhGradient({ f, x, dY }: UnaryTerms): string {
  const square = f.square(x);
  const u = f.mul(f.mul(x, f.add(f.mul(square, tanhCubic), 1)), tanhScale);
  const gate = f.unary('Tanh', u);
  const slope = f.mul(f.add(f.mul(square, 3 * tanhCubic), 1), tanhScale);
  const rest = f.mul(f.mul(x, f.complement(f.square(gate))), slope);
  return f.mul(dY, f.mul(f.add(f.add(gate, 1), rest), 0.5));
}

/**
 * Gelu entered the standard operators after the operator set that training graphs are written in: there it is the
 * runtime's own operator, to which `upgrade.ts` translates it.
 */
export const geluRules: readonly RuleEntry[] = [
  unaryRule('com.microsoft:Gelu', exactGradient),
  unaryRule('com.microsoft:FastGelu', tanhGradient),
];
