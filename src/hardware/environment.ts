import { execFileSync } from 'node:child_process';
import * as fs from 'node:fs';
import * as os from 'node:os';
import { runtimeVersion } from '../runtime/session';
import type { Device } from '../protocol/device';
import type { Environment } from '../protocol/environment';

/** This machine as it is now. */
export function describeEnvironment({ provider, threads }: Device): Environment {
  const governor = readText('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor')?.trim();
  const cpus = os.cpus();
  return {
    cpu: (cpus[0]?.model ?? 'unknown').replace(/\s+/g, ' ').trim(),
    cores: cpus.length,
    flags: instructionSets(),
    ...(governor && { governor }),
    loadAverage: os.loadavg().map((load) => Math.round(load * 100) / 100),
    memoryBytes: os.totalmem(),
    runtime: runtimeVersion,
    node: process.versions.node,
    platform: `${process.platform}-${process.arch}`,
    provider,
    threads,
    time: new Date().toISOString(),
  };
}

/** Those that choose between kernels of the runtime; others make no difference to a time. */
const relevant = [
  'sse4_1',
  'avx',
  'f16c',
  'fma',
  'avx2',
  'avx512f',
  'avx512_vnni',
  'avx_vnni',
  'avx512_bf16',
  'amx_tile',
];
const relevantArm = ['asimddp', 'fphp', 'i8mm', 'bf16', 'sve', 'sme'];

let known: readonly string[] | undefined;

function instructionSets(): readonly string[] {
  return (known ??= findInstructionSets());
}

function findInstructionSets(): string[] {
  // Every 64-bit Arm has it.
  const arm = process.arch === 'arm64' ? ['neon'] : [];
  const listed = process.platform === 'darwin' ? macFeatures() : linuxFlags();
  return [...arm, ...(arm.length > 0 ? relevantArm : relevant).filter((flag) => listed.has(flag))];
}

function linuxFlags(): Set<string> {
  const line = readText('/proc/cpuinfo')?.match(/^(?:flags|Features)\s*:\s*(.*)$/m)?.[1] ?? '';
  return new Set(line.split(/\s+/));
}

/** Apple spells them otherwise: `AVX2.0`-like words on Intel, one boolean each on Arm. */
function macFeatures(): Set<string> {
  try {
    const names =
      process.arch === 'arm64' ? ['hw.optional.arm'] : ['machdep.cpu.features', 'machdep.cpu.leaf7_features'];
    const text = execFileSync('sysctl', names, {
      encoding: 'utf8',
      timeout: 2000,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    const arm: Readonly<Record<string, string>> = {
      DotProd: 'asimddp',
      FP16: 'fphp',
      I8MM: 'i8mm',
      BF16: 'bf16',
      SME: 'sme',
    };
    const features = [...text.matchAll(/FEAT_(\w+): 1/g)].map(([, name]) => arm[name] ?? name.toLowerCase());
    const words = text
      .toLowerCase()
      .split(/\s+/)
      .map((word) => (word === 'avx1.0' ? 'avx' : word.replace('.', '_')));
    return new Set([...features, ...words]);
  } catch {
    return new Set(); // A Mac that does not tell is still told apart by the name of its processor.
  }
}

function readText(path: string): string | undefined {
  try {
    return fs.readFileSync(path, 'utf8');
  } catch {
    return undefined;
  }
}
