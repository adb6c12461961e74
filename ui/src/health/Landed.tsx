// What became of the sales that landed: exported or set aside, by reason and day; which days were restated since.
import { Badge, Table } from "@radix-ui/themes";
import type { Health } from "@/api/types";
import { count, day, money, plural, stamp } from "@/lib/format";
import { Card, Fact } from "@/parts/Card";

type Landing = NonNullable<Health["landing"]>;

const WHY: Record<string, string> = {
  late: "Came late",
  corrected: "Corrected",
  replayed: "Judged again",
  edited: "Decided by a person",
};

export function Landed({ landing }: { landing: Landing }) {
  return (
    <>
      <Card title="Sales that landed">
        <dl className="facts">
          <Fact label="Landed">{money(landing.landed)}</Fact>
          <Fact label="Exported">{money(landing.exported)}</Fact>
          <Fact label="Set aside">{money(landing.set_aside)}</Fact>
          <Fact label="Not explained">{landing.unexplained === 0 ? "nothing" : money(landing.unexplained)}</Fact>
          {Object.entries(landing.quality).map(([quality, days]) => (
            <Fact key={quality} label={`Store-days: ${quality.replace("_", " ")}`}>
              {count(days)}
            </Fact>
          ))}
        </dl>
        {landing.set_aside_why.length === 0 && <p className="small soft">Every row that landed is in the exported sales.</p>}
      </Card>
      {landing.set_aside_why.length > 0 && (
        <Card title="Set aside, and why" flush>
          <div className="table-scroll" tabIndex={0} role="region" aria-label="Set aside, and why">
            <Table.Root size="1">
              <Table.Header>
                <Table.Row>
                  <Table.ColumnHeaderCell>Reason</Table.ColumnHeaderCell>
                  <Table.ColumnHeaderCell className="num">Rows</Table.ColumnHeaderCell>
                  <Table.ColumnHeaderCell className="num">Sales</Table.ColumnHeaderCell>
                </Table.Row>
              </Table.Header>
              <Table.Body>
                {landing.set_aside_why.map((row) => (
                  <Table.Row key={row.reason}>
                    <Table.RowHeaderCell>{row.reason}</Table.RowHeaderCell>
                    <Table.Cell className="num">{count(row.rows)}</Table.Cell>
                    <Table.Cell className="num">{money(row.sales)}</Table.Cell>
                  </Table.Row>
                ))}
              </Table.Body>
            </Table.Root>
          </div>
        </Card>
      )}
      {landing.days.length > 0 && <OddDays days={landing.days} />}
      <Restated landing={landing} />
    </>
  );
}

function OddDays({ days }: { days: Landing["days"] }) {
  return (
    <Card title="Days of which sales were set aside" flush>
      <div className="table-scroll" tabIndex={0} role="region" aria-label="Days of which sales were set aside">
        <Table.Root size="1">
          <Table.Header>
            <Table.Row>
              <Table.ColumnHeaderCell>Date</Table.ColumnHeaderCell>
              <Table.ColumnHeaderCell className="num">Landed</Table.ColumnHeaderCell>
              <Table.ColumnHeaderCell className="num">Exported</Table.ColumnHeaderCell>
              <Table.ColumnHeaderCell className="num">Set aside</Table.ColumnHeaderCell>
              <Table.ColumnHeaderCell className="num">Not explained</Table.ColumnHeaderCell>
            </Table.Row>
          </Table.Header>
          <Table.Body>
            {days.map((row) => (
              <Table.Row key={row.date}>
                <Table.RowHeaderCell className="nowrap">{day(row.date)}</Table.RowHeaderCell>
                <Table.Cell className="num">{money(row.landed)}</Table.Cell>
                <Table.Cell className="num">{money(row.exported)}</Table.Cell>
                <Table.Cell className="num">{money(row.set_aside)}</Table.Cell>
                <Table.Cell className="num">{row.unexplained === 0 ? "–" : money(row.unexplained)}</Table.Cell>
              </Table.Row>
            ))}
          </Table.Body>
        </Table.Root>
      </div>
    </Card>
  );
}

function Restated({ landing }: { landing: Landing }) {
  const due = new Set(landing.replay_due);
  if (!landing.restated.length) return null;
  return (
    <Card title="Restated days" flush>
      <div className="table-scroll" tabIndex={0} role="region" aria-label="Restated days">
        <Table.Root size="1">
          <Table.Header>
            <Table.Row>
              <Table.ColumnHeaderCell>Date</Table.ColumnHeaderCell>
              <Table.ColumnHeaderCell className="num">Store-days</Table.ColumnHeaderCell>
              <Table.ColumnHeaderCell>Why</Table.ColumnHeaderCell>
              <Table.ColumnHeaderCell>Restated</Table.ColumnHeaderCell>
              <Table.ColumnHeaderCell>Judgement</Table.ColumnHeaderCell>
            </Table.Row>
          </Table.Header>
          <Table.Body>
            {landing.restated.map((row) => (
              <Table.Row key={row.date}>
                <Table.RowHeaderCell className="nowrap">{day(row.date)}</Table.RowHeaderCell>
                <Table.Cell className="num">{count(row.store_days)}</Table.Cell>
                <Table.Cell>{WHY[row.why] ?? row.why}</Table.Cell>
                <Table.Cell className="nowrap">{stamp(row.restated_at)}</Table.Cell>
                <Table.Cell>{due.has(row.date) ? <Badge color="amber">Due for replay</Badge> : <span className="soft">as known</span>}</Table.Cell>
              </Table.Row>
            ))}
          </Table.Body>
        </Table.Root>
      </div>
      {due.size > 0 && (
        <p className="small soft card-body">
          {plural(due.size, "date")} {due.size === 1 ? "was" : "were"} judged by other sales than are known now. To judge again: mrs replay --due
        </p>
      )}
    </Card>
  );
}
