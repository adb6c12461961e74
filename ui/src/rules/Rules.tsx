// Rules by which a manager has sure and small proposals accepted: set, looked at before, applied, taken back.
import { Button, Callout } from "@radix-ui/themes";
import { ListChecks } from "lucide-react";
import { useState } from "react";
import { type Rule, type RuleApplication, useApplications, useEndRule, useRules, useUndoApplication } from "@/api/acceptance";
import { Page } from "@/app/Page";
import { useMay } from "@/decide/useDecide";
import { confidence, localDates, plural, stamp } from "@/lib/format";
import { useScope } from "@/lib/location";
import { causeWord } from "@/lib/words";
import { Money } from "@/parts/Badges";
import { Card } from "@/parts/Card";
import { Empty, Failure, Loading, message } from "@/parts/States";
import { ApplyDialog } from "./ApplyDialog";
import { RuleDialog } from "./RuleDialog";

export default function Rules() {
  const found = useRules();
  const applied = useApplications(useScope());
  const { may, whyNot } = useMay("manager");
  const end = useEndRule();
  const undo = useUndoApplication();
  const [applying, setApplying] = useState<Rule | null>(null);
  const [setting, setSetting] = useState(false);
  const failed = end.error ?? undo.error;
  const add = (
    <Button disabled={!may} title={whyNot} onClick={() => setSetting(true)}>
      Set a rule
    </Button>
  );
  return (
    <Page title="Rules">
      <div className="stack">
        <p className="soft">
          A rule accepts closed events that nobody has touched, whose cause is sure enough and whose money is small enough. It makes no cause surer than the model
          was, and no model learns from it. A manager applies it to what is there; of what comes later it accepts what fits after each tick if it was set so.
        </p>
        {failed && (
          <Callout.Root highContrast color="red" size="1" role="alert">
            <Callout.Text>{message(failed)}</Callout.Text>
          </Callout.Root>
        )}
        {found.isPending ? (
          <Loading rows={3} height={36} />
        ) : found.isError ? (
          <Failure error={found.error} retry={() => void found.refetch()} />
        ) : found.data.items.length === 0 ? (
          <Empty icon={ListChecks} title="No rule is set">
            <p>Let small and sure proposals be accepted together, to keep the inbox for what needs you.</p>
            {add}
          </Empty>
        ) : (
          <Card title="Rules in force" side={add} flush>
            <ul className="plain-list">
              {found.data.items.map((rule) => (
                <li key={rule.rule_id} className="setting">
                  <div className="grow stack tight">
                    <strong>{rule.name}</strong>
                    <p className="small">
                      {confidence(rule.min_confidence)} sure or more, at most <Money value={rule.most_money} />: {rule.causes.map(causeWord).join(", ")}
                    </p>
                    <p className="small soft">
                      {rule.author}, {stamp(rule.edited_at)} · {rule.each_tick ? "accepts after each tick" : "accepts when it is applied"} · fits {plural(rule.n_fitting, "event")} now
                      {rule.n_fitting > 0 && (
                        <>
                          , <Money value={rule.fitting_money} />
                        </>
                      )}
                    </p>
                  </div>
                  <Button size="1" disabled={!may || !rule.n_fitting} title={whyNot} onClick={() => setApplying(rule)}>
                    Look and accept
                  </Button>
                  <Button size="1" variant="soft" color="red" disabled={!may} title={whyNot} loading={end.isPending && end.variables === rule.rule_id} onClick={() => end.mutate(rule.rule_id)}>
                    End
                  </Button>
                </li>
              ))}
            </ul>
          </Card>
        )}
        {!!applied.data?.items.length && (
          <Card title="What rules have accepted" flush>
            <ul className="plain-list">
              {applied.data.items.map((one) => (
                <Done key={one.application_id} one={one} may={may} whyNot={whyNot} busy={undo.isPending && undo.variables === one.application_id} undo={() => undo.mutate(one.application_id)} />
              ))}
            </ul>
          </Card>
        )}
      </div>
      {applying && <ApplyDialog rule={applying} onClose={() => setApplying(null)} />}
      {setting && <RuleDialog onClose={() => setSetting(false)} />}
    </Page>
  );
}

function Done({ one, may, whyNot, busy, undo }: { one: RuleApplication; may: boolean; whyNot: string; busy: boolean; undo: () => void }) {
  return (
    <li className="setting">
      <div className="grow stack tight">
        <span>
          {plural(one.n_events, "event")}, <Money value={one.money} />, by the {one.rule}
        </span>
        <span className="small soft">
          {localDates(one.applied_by)}, {stamp(one.applied_at)} ·{" "}
          {one.n_in_force === one.n_events ? "all in force" : one.n_in_force ? `${one.n_in_force} in force, the others were decided otherwise since` : "taken back"}
        </span>
      </div>
      {one.n_in_force > 0 && (
        <Button size="1" variant="soft" color="gray" disabled={!may} title={whyNot} loading={busy} onClick={undo}>
          Take all back
        </Button>
      )}
    </li>
  );
}
