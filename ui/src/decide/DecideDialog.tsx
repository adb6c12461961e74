// The frame of a decision: what it is about, the choice, a note that is kept as it is typed, and the button.
import { Button, Dialog, TextArea } from "@radix-ui/themes";
import { type KeyboardEvent, type ReactNode, useId } from "react";
import { useFocusBack } from "@/lib/focusBack";

interface Props {
  title: string;
  about: string;
  button: string;
  ready: boolean;
  note: string;
  onNote: (text: string) => void;
  noteLabel?: string;
  onApply: () => void;
  onClose: () => void;
  colour?: "indigo" | "red";
  children?: ReactNode;
}

export function DecideDialog(props: Props) {
  const focusBack = useFocusBack();
  const { title, about, button, ready, note, onNote, noteLabel = "Note (optional)", onApply, onClose, colour = "indigo", children } = props;
  const id = useId();
  const onKey = (event: KeyboardEvent) => {
    if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && ready) {
      event.preventDefault();
      onApply();
    }
  };
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Content style={{ maxWidth: 480 }} onCloseAutoFocus={focusBack} onKeyDown={onKey}>
        <Dialog.Title size="4">
          {title}
        </Dialog.Title>
        <Dialog.Description size="2" color="gray">
          {about}
        </Dialog.Description>
        <div className="stack">
          {children}
          <div className="field">
            <label htmlFor={id}>{noteLabel}</label>
            <TextArea id={id} value={note} maxLength={4000} onChange={(event) => onNote(event.target.value)} rows={2} />
          </div>
          <div className="row end">
            <Button variant="soft" color="gray" onClick={onClose}>
              Cancel
            </Button>
            <Button color={colour} highContrast={colour === "red"} disabled={!ready} onClick={onApply}>
              {button}
            </Button>
          </div>
        </div>
      </Dialog.Content>
    </Dialog.Root>
  );
}
