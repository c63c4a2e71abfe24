export function compileEarly<Exports>(text: string, work: (exports: Exports) => void): string;
