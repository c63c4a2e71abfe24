import { Option } from 'commander';

/** What tells where packages are that model code builds on. */
export interface EnvironmentOptions {
  readonly environment?: string;
  readonly packages?: string[];
}

export function environmentOption(): Option {
  return new Option(
    '--environment <folder>',
    'Python environment whose torchvision and torchaudio are read where the code builds on them; by default the active one, or .venv',
  );
}

export function packagesOption(): Option {
  return new Option('--packages <name...>', 'other installed packages to read so');
}
