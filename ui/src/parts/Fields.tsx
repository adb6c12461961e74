// The form fields that the dialogs share.
import { Button, TextField } from "@radix-ui/themes";
import { useId } from "react";

interface PillsProps<T extends string> {
  label: string;
  values: readonly T[];
  picked: readonly T[];
  word: (value: T) => string;
  set: (values: T[]) => void;
}

/** Several of a few: each value a switch. */
export function Pills<T extends string>({ label, values, picked, word, set }: PillsProps<T>) {
  return (
    <div className="field" role="group" aria-label={label}>
      <span className="label">{label}</span>
      <div className="row wrap pills">
        {values.map((value) => (
          <Button
            key={value}
            size="1"
            radius="full"
            variant={picked.includes(value) ? "soft" : "outline"}
            color={picked.includes(value) ? "indigo" : "gray"}
            aria-pressed={picked.includes(value)}
            onClick={() => set(picked.includes(value) ? picked.filter((one) => one !== value) : [...picked, value])}
          >
            {word(value)}
          </Button>
        ))}
      </div>
    </div>
  );
}

interface TextProps {
  label: string;
  value: string;
  set: (value: string) => void;
  hint?: string;
  type?: "text" | "date" | "time";
}

export function TextInput({ label, value, set, hint = "", type = "text" }: TextProps) {
  const id = useId();
  return (
    <div className="field small">
      <label htmlFor={id}>{label}</label>
      <TextField.Root id={id} size="2" type={type} value={value} placeholder={hint} onChange={(event) => set(event.target.value)} />
    </div>
  );
}

interface PickProps<T extends string> {
  label: string;
  value: T;
  set: (value: T) => void;
  options: readonly (readonly [value: T, word: string])[];
  empty?: string;
}

/** One of a list: the browser's own control, at home on every device. */
export function Pick<T extends string>({ label, value, set, options, empty }: PickProps<T>) {
  const id = useId();
  return (
    <div className="field small">
      <label htmlFor={id}>{label}</label>
      <select id={id} className="date-input" value={value} onChange={(event) => set(event.target.value as T)}>
        {empty !== undefined && <option value="">{empty}</option>}
        {options.map(([one, word]) => (
          <option key={one} value={one}>
            {word}
          </option>
        ))}
      </select>
    </div>
  );
}
