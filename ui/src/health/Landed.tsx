// What became of the sales that landed: exported or set aside, by reason and day; which days were restated since.
import { Badge } from "@radix-ui/themes";
import type { Health } from "@/api/types";
import { count, day, money, plural, stamp } from "@/lib/format";
import { Card, Fact } from "@/parts/Card";
import { DataTable } from "@/parts/DataTable";

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
          <DataTable
            label="Set aside, and why"
            rows={landing.set_aside_why}
            keyOf={(row) => row.reason}
            columns={[
              { head: "Reason", cell: (row) => row.reason },
              { head: "Rows", kind: "num", cell: (row) => count(row.rows) },
              { head: "Sales", kind: "num", cell: (row) => money(row.sales) },
            ]}
          />
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
      <DataTable
        label="Days of which sales were set aside"
        rows={days}
        keyOf={(row) => row.date}
        columns={[
          { head: "Date", kind: "nowrap", cell: (row) => day(row.date) },
          { head: "Landed", kind: "num", cell: (row) => money(row.landed) },
          { head: "Exported", kind: "num", cell: (row) => money(row.exported) },
          { head: "Set aside", kind: "num", cell: (row) => money(row.set_aside) },
          { head: "Not explained", kind: "num", cell: (row) => (row.unexplained === 0 ? "–" : money(row.unexplained)) },
        ]}
      />
    </Card>
  );
}

function Restated({ landing }: { landing: Landing }) {
  const due = new Set(landing.replay_due);
  if (!landing.restated.length) return null;
  return (
    <Card title="Restated days" flush>
      <DataTable
        label="Restated days"
        rows={landing.restated}
        keyOf={(row) => row.date}
        columns={[
          { head: "Date", kind: "nowrap", cell: (row) => day(row.date) },
          { head: "Store-days", kind: "num", cell: (row) => count(row.store_days) },
          { head: "Why", cell: (row) => WHY[row.why] ?? row.why },
          { head: "Restated", kind: "nowrap", cell: (row) => stamp(row.restated_at) },
          { head: "Judgement", cell: (row) => (due.has(row.date) ? <Badge color="amber">Due for replay</Badge> : <span className="soft">as known</span>) },
        ]}
      />
      {due.size > 0 && (
        <p className="small soft card-body">
          {plural(due.size, "date")} {due.size === 1 ? "was" : "were"} judged by other sales than are known now. To judge again: mrs replay --due
        </p>
      )}
    </Card>
  );
}
