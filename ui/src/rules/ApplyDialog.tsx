// The last look before a rule accepts: exactly these events, in the state in which they are shown.
import { Button, Dialog } from "@radix-ui/themes";
import { type Rule, useApplyRule, useFitting } from "@/api/acceptance";
import { useFocusBack } from "@/lib/focusBack";
import { plural } from "@/lib/format";
import { Loading, message } from "@/parts/States";
import { FittingList } from "./FittingList";

export function ApplyDialog({ rule, onClose }: { rule: Rule; onClose: () => void }) {
  const focusBack = useFocusBack();
  const { min_confidence, most_money, causes } = rule;
  const found = useFitting({ min_confidence, most_money, causes });
  const apply = useApplyRule();
  const accept = () => found.data && apply.mutate({ id: rule.rule_id, fitting: found.data }, { onSuccess: onClose });
  const n = found.data?.items.length ?? 0;
  const failed = apply.error ?? found.error;
  return (
    <Dialog.Root open onOpenChange={(open) => !open && onClose()}>
      <Dialog.Content style={{ maxWidth: 620 }} onCloseAutoFocus={focusBack}>
        <Dialog.Title size="4">{rule.name}</Dialog.Title>
        <Dialog.Description size="2" color="gray">
          These events leave the inbox as approved, by the rule. One click takes all of them back.
        </Dialog.Description>
        <div className="stack">
          {found.data ? <FittingList fitting={found.data} /> : <Loading rows={4} />}
          {failed && (
            <p className="small" role="alert">
              {message(failed)}
            </p>
          )}
          <div className="row end">
            <Button variant="soft" color="gray" onClick={onClose}>
              Cancel
            </Button>
            <Button disabled={!n} loading={apply.isPending} onClick={accept}>
              Accept {plural(n, "event")}
            </Button>
          </div>
        </div>
      </Dialog.Content>
    </Dialog.Root>
  );
}
