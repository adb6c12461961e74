// Set a rule: while it is made, what it would accept now is shown.
import { Button, Checkbox, Dialog } from "@radix-ui/themes";
import { useDeferredValue, useMemo, useState } from "react";
import { useFitting, useSetRule } from "@/api/acceptance";
import { percent } from "@/lib/format";
import { type Cause, CAUSES, causeWord } from "@/lib/words";
import { Pick, Pills, TextInput } from "@/parts/Fields";
import { message } from "@/parts/States";
import { FittingList } from "./FittingList";

const SURE = ["0.8", "0.9", "0.95", "0.99"] as const;

export function RuleDialog({ onClose }: { onClose: () => void }) {
  const [name, setName] = useState("Small and sure");
  const [sure, setSure] = useState<(typeof SURE)[number]>("0.95");
  const [most, setMost] = useState("1000");
  const [causes, setCauses] = useState<Cause[]>(CAUSES.filter((cause) => cause !== "unknown"));
  const [eachTick, setEachTick] = useState(false);
  const set = useSetRule();
  const money = useDeferredValue(Number(most));
  const conditions = useMemo(
    () => (money > 0 && causes.length ? { min_confidence: Number(sure), most_money: money, causes } : null),
    [sure, money, causes],
  );
  const found = useFitting(conditions);
  const save = () => conditions && set.mutate({ name: name.trim(), ...conditions, each_tick: eachTick }, { onSuccess: onClose });
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Content style={{ maxWidth: 620 }}>
        <Dialog.Title size="4">Set a rule</Dialog.Title>
        <Dialog.Description size="2" color="gray">
          You look at what it fits, then apply it. If you say so, it also accepts what fits after each tick.
        </Dialog.Description>
        <div className="stack">
          <TextInput label="Name" value={name} set={setName} />
          <div className="row wrap">
            <Pick label="Sure at least" value={sure} set={setSure} options={SURE.map((one) => [one, percent(Number(one))] as const)} />
            <TextInput label="Money at most, up or down" value={most} set={setMost} />
          </div>
          <Pills label="Causes" values={CAUSES} picked={causes} word={causeWord} set={setCauses} />
          {conditions && found.data ? <FittingList fitting={found.data} /> : <p className="small soft">Say how much money, and name a cause.</p>}
          <label className="row small">
            <Checkbox size="1" checked={eachTick} onCheckedChange={(checked) => setEachTick(checked === true)} />
            Accept what fits after each tick, without anybody’s looking
          </label>
          {set.error && (
            <p className="small" role="alert">
              {message(set.error)}
            </p>
          )}
          <div className="row end">
            <Button variant="soft" color="gray" onClick={onClose}>
              Cancel
            </Button>
            <Button disabled={!conditions || !name.trim()} loading={set.isPending} onClick={save}>
              Set the rule
            </Button>
          </div>
        </div>
      </Dialog.Content>
    </Dialog.Root>
  );
}
