// Choose one of a list by typing, arrows or mouse: the middle of every decision dialog.
import { TextField } from "@radix-ui/themes";
import { Search } from "lucide-react";
import { type KeyboardEvent, type ReactNode, useEffect, useId, useRef, useState } from "react";

export interface Option {
  id: string;
  text: string;
  detail?: ReactNode;
}

interface Props {
  label: string;
  options: readonly Option[];
  /** Where options come from a search, it is told what is typed and filters itself. */
  onSearch?: (text: string) => void;
  picked: string | null;
  onPick: (id: string) => void;
  onDone: (id: string) => void;
  placeholder?: string;
  empty?: ReactNode;
}

export function Palette({ label, options, onSearch, picked, onPick, onDone, placeholder, empty }: Props) {
  const [text, setText] = useState("");
  const list = useRef<HTMLUListElement>(null);
  const id = useId();
  const shown = onSearch ? options : options.filter((one) => matches(one.text, text));
  const at = Math.max(0, shown.findIndex((one) => one.id === picked));

  // biome-ignore lint/correctness/useExhaustiveDependencies: whenever another is picked, it comes into sight.
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: "nearest" });
  }, [picked]);

  const type = (next: string) => {
    setText(next);
    onSearch?.(next);
    const first = options.find((one) => matches(one.text, next));
    if (!onSearch && first) onPick(first.id);
  };
  const onKey = (event: KeyboardEvent) => {
    const step = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    const next = step ? shown[(at + step + shown.length) % shown.length] : undefined;
    if (next) {
      event.preventDefault();
      onPick(next.id);
    } else if (event.key === "Enter") {
      event.preventDefault();
      const one = shown[at];
      if (one) onDone(one.id);
    }
  };

  return (
    <div className="palette">
      <TextField.Root
        autoFocus
        size="2"
        role="combobox"
        aria-expanded
        aria-controls={`${id}-list`}
        aria-activedescendant={shown[at] ? `${id}-${shown[at].id}` : undefined}
        aria-label={label}
        placeholder={placeholder ?? label}
        value={text}
        onChange={(event) => type(event.target.value)}
        onKeyDown={onKey}
      >
        <TextField.Slot>
          <Search size={14} aria-hidden="true" />
        </TextField.Slot>
      </TextField.Root>
      <ul role="listbox" id={`${id}-list`} aria-label={label} ref={list} tabIndex={-1}>
        {shown.map((one, index) => (
          // biome-ignore lint/a11y/useFocusableInteractive: the input keeps the focus, as in every combobox.
          // biome-ignore lint/a11y/useKeyWithClickEvents: the input handles the keys.
          <li
            key={one.id}
            id={`${id}-${one.id}`}
            role="option"
            aria-selected={index === at}
            onClick={() => onPick(one.id)}
            onDoubleClick={() => onDone(one.id)}
          >
            <span className="grow truncate">{one.text}</span>
            {one.detail}
          </li>
        ))}
        {shown.length === 0 && <li className="soft palette-none">{empty ?? "Nothing fits."}</li>}
      </ul>
    </div>
  );
}

function matches(option: string, text: string): boolean {
  return option.toLocaleLowerCase().includes(text.trim().toLocaleLowerCase());
}
