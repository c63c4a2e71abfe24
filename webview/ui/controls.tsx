import { h, type ComponentChildren, type JSX } from 'preact';
import { useLayoutEffect, useRef } from 'preact/hooks';

interface ButtonProps {
  readonly children: ComponentChildren;
  readonly onClick: () => void;
  readonly secondary?: boolean;
  readonly disabled?: boolean;
  /** Why it is disabled, or what it does where its text is short. */
  readonly title?: string;
}

export function Button({ children, onClick, secondary, disabled, title }: ButtonProps): JSX.Element {
  const appearance = secondary ? 'secondary' : 'primary';
  return h('vscode-button', { appearance, disabled: disabled ?? false, title, onClick }, children);
}

/** Looks like a link and acts in place. */
export function LinkButton({ children, onClick, title }: ButtonProps): JSX.Element {
  return (
    <button type="button" class="link" title={title} onClick={onClick}>
      {children}
    </button>
  );
}

interface TextFieldProps {
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly placeholder?: string;
  /** The label is for screen readers only. */
  readonly quiet?: boolean;
  readonly class?: string;
  /** What is wrong with the value, in words. */
  readonly problem?: string;
  readonly hint?: string;
}

interface ValueElement extends HTMLElement {
  value: string;
}

/** A text field. Its label stands above it; `problem` and `hint` below. */
export function TextField(props: TextFieldProps): JSX.Element {
  const { label, value, onInput, placeholder, quiet, problem, hint } = props;
  const field = h(
    'vscode-text-field',
    {
      value,
      placeholder,
      class: problem ? 'invalid' : undefined,
      'aria-label': quiet ? label : undefined,
      'aria-invalid': problem ? 'true' : undefined,
      onInput: ({ currentTarget }: { currentTarget: ValueElement }) => onInput(currentTarget.value),
    },
    quiet ? undefined : label,
  );
  return (
    <div class={`field ${props.class ?? ''}`}>
      {field}
      {(problem ?? hint) !== undefined && <p class={problem ? 'problem' : 'hint'}>{problem ?? hint}</p>}
    </div>
  );
}

interface SelectProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
  readonly onChange: (value: string) => void;
  readonly quiet?: boolean;
  readonly hint?: string;
  /** Takes the room of two. */
  readonly wide?: boolean;
}

/** One of several values. */
export function Select({ label, value, options, onChange, quiet, hint, wide }: SelectProps): JSX.Element {
  const element = useRef<ValueElement>(null);
  // The list takes its value only once its options are there.
  useLayoutEffect(() => {
    const dropdown = element.current;
    if (dropdown && dropdown.value !== value) dropdown.value = value;
  });
  const dropdown = h(
    'vscode-dropdown',
    {
      ref: element,
      'aria-label': label,
      // Events of a list also come when its value is set from here.
      onChange: ({ currentTarget }: { currentTarget: ValueElement }) => {
        if (currentTarget.value !== value) onChange(currentTarget.value);
      },
    },
    options.map((option) =>
      h('vscode-option', { key: option.value, value: option.value, selected: option.value === value }, option.label),
    ),
  );
  return (
    <div class={wide ? 'field wide' : 'field'}>
      {!quiet && (
        <span class="label" aria-hidden="true">
          {label}
        </span>
      )}
      {dropdown}
      {hint !== undefined && <p class="hint">{hint}</p>}
    </div>
  );
}

interface CheckboxProps {
  readonly children: ComponentChildren;
  readonly checked: boolean;
  readonly onChange: (checked: boolean) => void;
  readonly disabled?: boolean;
}

export function Checkbox({ children, checked, onChange, disabled }: CheckboxProps): JSX.Element {
  return h(
    'vscode-checkbox',
    {
      checked,
      disabled: disabled ?? false,
      onChange: ({ currentTarget }: { currentTarget: HTMLElement & { checked: boolean } }) => {
        if (currentTarget.checked !== checked) onChange(currentTarget.checked);
      },
    },
    children,
  );
}
