// The keys of the page, on `?`.
import { Dialog, Kbd, Text } from "@radix-ui/themes";

const GROUPS: [string, [string[], string][]][] = [
  [
    "Inbox and lists",
    [
      [["j", "k"], "Next, previous"],
      [["Enter"], "Open"],
      [["x"], "Select (then a, c, m, s act on all selected); Ctrl+A selects all shown"],
      [["Esc"], "Clear the selection; back"],
      [["/"], "Search"],
    ],
  ],
  [
    "Decide",
    [
      [["a"], "Approve the proposed cause"],
      [["c"], "Choose a cause"],
      [["m"], "Merge into another event"],
      [["s"], "Snooze"],
      [["o"], "Assign to somebody"],
      [["r"], "Reject: not an anomaly"],
      [["n"], "Note: comment on it"],
      [["u"], "Undo the last decision (within 10 seconds; also Ctrl+Z)"],
    ],
  ],
  [
    "Go",
    [
      [["g", "i"], "Inbox"],
      [["g", "r"], "Reports"],
      [["g", "l"], "Rules of acceptance"],
      [["g", "q"], "How good are we"],
      [["g", "w"], "Rereview"],
      [["g", "u"], "Runs"],
      [["g", "a"], "Alerts"],
      [["g", "h"], "Health"],
      [["t"], "Time machine"],
      [["?"], "This help"],
    ],
  ],
  [
    "Charts",
    [
      [["←", "→"], "Walk the days of a focused chart"],
      [["drag"], "Zoom; double click or Esc shows all"],
    ],
  ],
];

export function Help({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  return (
    <Dialog.Root open={open} onOpenChange={onOpenChange}>
      <Dialog.Content style={{ maxWidth: 620 }} aria-describedby={undefined}>
        <Dialog.Title size="4">Keyboard</Dialog.Title>
        <div className="help-grid">
          {GROUPS.map(([title, keys]) => (
            <section key={title}>
              <h2>{title}</h2>
              <dl>
                {keys.map(([names, what]) => (
                  <div key={what}>
                    <dt>
                      {names.map((name) => (
                        <Kbd key={name}>{name}</Kbd>
                      ))}
                    </dt>
                    <dd>{what}</dd>
                  </div>
                ))}
              </dl>
            </section>
          ))}
        </div>
        <Text as="p" size="1" color="gray" mt="4">
          Minority Report System {MRS_VERSION}
        </Text>
      </Dialog.Content>
    </Dialog.Root>
  );
}
