// How the pipeline fares: what landed, freshness, coverage, errors and missing inputs, by stage, feed and business date.
import { Badge, Table } from "@radix-ui/themes";
import { Activity, CircleAlert, CircleCheck } from "lucide-react";
import { useMemo } from "react";
import { Page } from "@/app/Page";
import { useHealth } from "@/api/queries";
import type { Health as HealthView } from "@/api/types";
import { count, day, dayLong, decimal, duration, money, percent, plural, stamp } from "@/lib/format";
import { useScope } from "@/lib/location";
import { sentenceCase } from "@/lib/words";
import { Card, Fact } from "@/parts/Card";
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
        <div className="table-scroll" tabIndex={0} role="region" aria-label="Stages">
          <Table.Root size="1">
            <Table.Header>
              <Table.Row>
                <Table.ColumnHeaderCell>Stage</Table.ColumnHeaderCell>
                <Table.ColumnHeaderCell>Date</Table.ColumnHeaderCell>
                <Table.ColumnHeaderCell className="num">Rows read</Table.ColumnHeaderCell>
                <Table.ColumnHeaderCell className="num">Rows written</Table.ColumnHeaderCell>
                <Table.ColumnHeaderCell className="num">Took</Table.ColumnHeaderCell>
                <Table.ColumnHeaderCell className="num">Freshness</Table.ColumnHeaderCell>
                <Table.ColumnHeaderCell className="num">Coverage</Table.ColumnHeaderCell>
                <Table.ColumnHeaderCell className="num">Rejected</Table.ColumnHeaderCell>
                <Table.ColumnHeaderCell>Missing inputs</Table.ColumnHeaderCell>
              </Table.Row>
            </Table.Header>
            <Table.Body>
              {health.stages.map((stage) => (
                <Table.Row key={stage.stage}>
                  <Table.RowHeaderCell>{sentenceCase(stage.stage)}</Table.RowHeaderCell>
                  <Table.Cell className="nowrap">{day(stage.tick)}</Table.Cell>
                  <Table.Cell className="num">{count(stage.rows_read)}</Table.Cell>
                  <Table.Cell className="num">{count(stage.rows_written)}</Table.Cell>
                  <Table.Cell className="num">{stage.took_ms == null ? "–" : duration(stage.took_ms)}</Table.Cell>
                  <Table.Cell className="num">{stage.freshness_days == null ? "–" : decimal(stage.freshness_days, 0)}</Table.Cell>
                  <Table.Cell className="num">{stage.coverage == null ? "–" : percent(stage.coverage, 1)}</Table.Cell>
                  <Table.Cell className="num">{percent(stage.error_rate, 2)}</Table.Cell>
                  <Table.Cell>
                    <Missing inputs={stage.degraded_inputs} />
                  </Table.Cell>
                </Table.Row>
              ))}
            </Table.Body>
          </Table.Root>
        </div>
      </Card>
      <Card title="Feeds" flush>
        <div className="table-scroll" tabIndex={0} role="region" aria-label="Feeds">
          <Table.Root size="1">
            <Table.Header>
              <Table.Row>
                <Table.ColumnHeaderCell>Feed</Table.ColumnHeaderCell>
                <Table.ColumnHeaderCell>State</Table.ColumnHeaderCell>
                <Table.ColumnHeaderCell>Newest date</Table.ColumnHeaderCell>
                <Table.ColumnHeaderCell className="num">New rows</Table.ColumnHeaderCell>
                <Table.ColumnHeaderCell className="num">Rejected rows</Table.ColumnHeaderCell>
                <Table.ColumnHeaderCell className="num">Coverage</Table.ColumnHeaderCell>
              </Table.Row>
            </Table.Header>
            <Table.Body>
              {health.feeds.map((feed) => (
                <Table.Row key={feed.feed}>
                  <Table.RowHeaderCell>{sentenceCase(feed.feed)}</Table.RowHeaderCell>
                  <Table.Cell>
                    <Badge color={feed.is_present ? "green" : "amber"}>{feed.is_present ? "Present" : "Missing"}</Badge>
                  </Table.Cell>
                  <Table.Cell className="nowrap">{feed.last_date ? day(feed.last_date) : "–"}</Table.Cell>
                  <Table.Cell className="num">{count(feed.rows_new)}</Table.Cell>
                  <Table.Cell className="num">{count(feed.rows_rejected)}</Table.Cell>
                  <Table.Cell className="num">{feed.coverage == null ? "–" : percent(feed.coverage, 1)}</Table.Cell>
                </Table.Row>
              ))}
            </Table.Body>
          </Table.Root>
        </div>
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
