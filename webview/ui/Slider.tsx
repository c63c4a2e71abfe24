import type { JSX } from 'preact';

interface SliderProps {
  readonly label: string;
  readonly min: number;
  readonly max: number;
  readonly value: number;
  /** The value in words. */
  readonly valueText: string;
  /** Values worth stopping at: marked, and reached with Page Up and Page Down. Rising. */
  readonly stops: readonly number[];
  /** From here on the track is dimmed. */
  readonly beyond: number;
  readonly onInput: (value: number) => void;
}

/** A whole number by dragging or by arrow keys. */
export function Slider({ label, min, max, value, valueText, stops, beyond, onInput }: SliderProps): JSX.Element {
  const place = (at: number): string => `${(100 * (at - min)) / Math.max(1, max - min)}%`;
  const onKeyDown = (event: KeyboardEvent): void => {
    const next =
      event.key === 'PageUp'
        ? stops.find((stop) => stop > value)
        : event.key === 'PageDown'
          ? stops.findLast((stop) => stop < value)
          : undefined;
    if (next === undefined) return;
    event.preventDefault();
    onInput(next);
  };
  return (
    <div class="slider">
      <div class="track" aria-hidden="true">
        <i style={{ width: place(value) }} />
        {beyond < max && <s style={{ left: place(beyond) }} />}
        {stops.map((stop) => (
          <b key={stop} style={{ left: place(stop) }} />
        ))}
      </div>
      <input
        type="range"
        min={min}
        max={max}
        value={value}
        aria-label={label}
        aria-valuetext={valueText}
        onInput={({ currentTarget }) => onInput(Number(currentTarget.value))}
        onKeyDown={onKeyDown}
      />
    </div>
  );
}
