// How the pipeline fares: what landed, freshness, coverage, errors and missing inputs, by stage, feed and business date.
import { Badge } from "@radix-ui/themes";
import { Activity, CircleAlert, CircleCheck } from "lucide-react";
import { useMemo } from "react";
import { Page } from "@/app/Page";
import { useHealth } from "@/api/queries";
import type { Health as HealthView } from "@/api/types";
import { count, day, dayLong, decimal, duration, money, percent, plural, stamp } from "@/lib/format";
import { useScope } from "@/lib/location";
import { sentenceCase } from "@/lib/words";
import { Card, Fact } from "@/parts/Card";
import { DataTable } from "@/parts/DataTable";
import { Empty, Failure, Loading } from "@/parts/States";
import { Landed } from "./Landed";
import { TickStrip } from "./TickStrip";

export default function Health() {
  const found = useHealth(useScope());
  return (
    <Page title="Health">
      {found.isPending ? (
        <Loading rows={8} height={28} />
      ) : found.isError ? (
        <Failure error={found.error} retry={() => void found.refetch()} />
      ) : found.data.ticks.length === 0 ? (
        <Empty icon={Activity} title="Nothing has run yet">
          <p>As soon as a business date has been processed, its health is shown here.</p>
        </Empty>
      ) : (
        <Loaded health={found.data} />
      )}
    </Page>
  );
}

// As the alarm of the same name: of the fifteen minutes that Lambda gives a call.
const LONGEST_STAGE = 12 * 60_000;

function worries(health: HealthView): string[] {
  const found: string[] = [];
  const last = health.ticks[0];
  if (last && (last.freshness_days ?? 0) > 1) found.push(`The newest sales are ${plural(last.freshness_days ?? 0, "day")} old.`);
  if (last && last.coverage != null && last.coverage < 0.95) found.push(`Only ${percent(last.coverage)} of the stores have sales on the last date.`);
  if (last && last.error_rate > 0.01) found.push(`${percent(last.error_rate, 1)} of the last rows were rejected.`);
  for (const feed of health.feeds) if (!feed.is_present) found.push(`${sentenceCase(feed.feed)} is missing; what needs it is marked as degraded.`);
  for (const stage of health.stages)
    if ((stage.took_ms ?? 0) > LONGEST_STAGE) found.push(`${sentenceCase(stage.stage)} took ${duration(stage.took_ms ?? 0)}; after 15 minutes it is stopped.`);
  if (health.landing?.unexplained) found.push(`${money(health.landing.unexplained)} of the sales that landed are neither exported nor set aside.`);
  if (health.landing?.replay_due.length) found.push(`${plural(health.landing.replay_due.length, "date")} should be judged again: other sales are known now.`);
  if (health.dead_letters) found.push(`${plural(health.dead_letters, "message")} could not be delivered and ${health.dead_letters === 1 ? "lies" : "lie"} in the dead-letter queues.`);
  return found;
}

function Loaded({ health }: { health: HealthView }) {
  const last = health.ticks[0];
  const found = useMemo(() => worries(health), [health]);
  return (
    <div className="stack wide">
      <section className={`card card-body health-head${found.length ? " worried" : ""}`} aria-label="In short">
        {found.length ? <CircleAlert size={20} aria-hidden="true" /> : <CircleCheck size={20} aria-hidden="true" />}
        <div className="grow">
          <h2>{found.length ? plural(found.length, "thing needs a look", "things need a look") : "All is well"}</h2>
          {found.length > 0 && (
            <ul className="small">
              {found.map((text) => (
                <li key={text}>{text}</li>
              ))}
            </ul>
          )}
          {last && (
            <p className="small soft">
              Last business date {dayLong(last.tick)}, done {stamp(last.written_at)}. All that is said here is measured against that date, not against today.
            </p>
          )}
        </div>
        {last && (
          <dl className="facts">
            <Fact label="Freshness, against the run's own date">{last.freshness_days == null ? "no sales" : plural(last.freshness_days, "day")}</Fact>
            <Fact label="Coverage">{last.coverage == null ? "not known" : percent(last.coverage, 1)}</Fact>
            <Fact label="Rejected">{percent(last.error_rate, 2)}</Fact>
            <Fact label="Dead letters">{health.dead_letters == null ? "not known" : count(health.dead_letters)}</Fact>
          </dl>
        )}
      </section>
      <Card title="Last runs">
        <TickStrip ticks={health.ticks} />
      </Card>
      {health.landing && <Landed landing={health.landing} />}
      <Card title="Stages, on their newest date" flush>
        <DataTable
          label="Stages"
          rows={health.stages}
          keyOf={(stage) => stage.stage}
          columns={[
            { head: "Stage", cell: (stage) => sentenceCase(stage.stage) },
            { head: "Date", kind: "nowrap", cell: (stage) => day(stage.tick) },
            { head: "Rows read", kind: "num", cell: (stage) => count(stage.rows_read) },
            { head: "Rows written", kind: "num", cell: (stage) => count(stage.rows_written) },
            { head: "Took", kind: "num", cell: (stage) => (stage.took_ms == null ? "–" : duration(stage.took_ms)) },
            { head: "Freshness", kind: "num", cell: (stage) => (stage.freshness_days == null ? "–" : decimal(stage.freshness_days, 0)) },
            { head: "Coverage", kind: "num", cell: (stage) => (stage.coverage == null ? "–" : percent(stage.coverage, 1)) },
            { head: "Rejected", kind: "num", cell: (stage) => percent(stage.error_rate, 2) },
            { head: "Missing inputs", cell: (stage) => <Missing inputs={stage.degraded_inputs} /> },
          ]}
        />
      </Card>
      <Card title="Feeds" flush>
        <DataTable
          label="Feeds"
          rows={health.feeds}
          keyOf={(feed) => feed.feed}
          columns={[
            { head: "Feed", cell: (feed) => sentenceCase(feed.feed) },
            { head: "State", cell: (feed) => <Badge color={feed.is_present ? "green" : "amber"}>{feed.is_present ? "Present" : "Missing"}</Badge> },
            { head: "Newest date", kind: "nowrap", cell: (feed) => (feed.last_date ? day(feed.last_date) : "–") },
            { head: "New rows", kind: "num", cell: (feed) => count(feed.rows_new) },
            { head: "Rejected rows", kind: "num", cell: (feed) => count(feed.rows_rejected) },
            { head: "Coverage", kind: "num", cell: (feed) => (feed.coverage == null ? "–" : percent(feed.coverage, 1)) },
          ]}
        />
      </Card>
    </div>
  );
}

function Missing({ inputs }: { inputs: readonly string[] }) {
  if (!inputs.length) return <span className="soft">none</span>;
  return (
    <span className="row wrap">
      {inputs.map((input) => (
        <Badge key={input} color="amber">
          {sentenceCase(input)}
        </Badge>
      ))}
    </span>
  );
}
