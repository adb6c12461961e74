// How good are we: what people made of the proposals, how good the confidence is, what to expect of detection here.
import { Code } from "@radix-ui/themes";
import { Scale } from "lucide-react";
import { useMemo } from "react";
import { Link } from "wouter";
import { type Quality as Found, useQuality } from "@/api/overview";
import { useRereviews } from "@/api/rereviews";
import { Page } from "@/app/Page";
import { day, localDates, percent, plural } from "@/lib/format";
import { useHref, useScope } from "@/lib/location";
import { causeWord } from "@/lib/words";
import { Card } from "@/parts/Card";
import { DataTable } from "@/parts/DataTable";
import { Empty, Failure, Loading } from "@/parts/States";
import { Calibration } from "./Calibration";

type Counts = Pick<Found["causes"][number], "agreed" | "corrected" | "rejected">;
const all = (one: Counts): number => one.agreed + one.corrected + one.rejected;

export default function Quality() {
  const found = useQuality(useScope());
  return (
    <Page title="How good are we">
      {found.isPending ? <Loading rows={8} height={28} /> : found.isError ? <Failure error={found.error} retry={() => void found.refetch()} /> : <Loaded found={found.data} />}
    </Page>
  );
}

function Loaded({ found }: { found: Found }) {
  const byCause = useMemo(() => summed(found.causes), [found.causes]);
  return (
    <div className="stack">
      <Card title="What to expect of detection here">
        <ul className="plain-list sentences">
          {found.expected.map((sentence) => (
            <li key={sentence}>{localDates(sentence)}</li>
          ))}
        </ul>
        {found.calibrated.length > 0 && (
          <Calibration
            title="How often detection was right, by the probability that it said"
            points={found.calibrated}
          />
        )}
      </Card>
      {found.causes.length === 0 ? (
        <Card title="What people made of the proposals">
          <Empty icon={Scale} title="Nobody has decided about a proposal yet">
            <p>Once people approve, correct or reject, this page says how often they agreed.</p>
          </Empty>
        </Card>
      ) : (
        <>
          <Card title="How often people agreed, by cause" flush>
            <DataTable
              label="Agreement by proposed cause"
              rows={byCause}
              keyOf={(row) => row.cause}
              columns={[{ head: "Proposed", cell: (row) => causeWord(row.cause) }, ...COUNTS]}
            />
          </Card>
          <Card title="Is it as sure as it should be?">
            <Calibration
              title="How often people agreed, by the confidence of the proposal"
              points={found.reliability.map((one) => ({ said: one.said, right: one.agreed, low: one.agreed_low, high: one.agreed_high, n: one.n }))}
            />
          </Card>
          <Card title="Week by week" flush>
            <DataTable
              label="Agreement by week and proposed cause"
              rows={[...found.causes].sort((a, b) => b.week.localeCompare(a.week))}
              keyOf={(row) => `${row.week} ${row.cause}`}
              columns={[{ head: "Week of", cell: (row) => day(row.week), kind: "nowrap" }, { head: "Proposed", cell: (row) => causeWord(row.cause) }, ...COUNTS]}
            />
          </Card>
        </>
      )}
      <Training labels={found.labels} />
    </div>
  );
}

const COUNTS = [
  { head: "Agreed", cell: (row: Counts) => `${row.agreed} of ${all(row)}, ${percent(row.agreed / all(row))}`, kind: "num" as const },
  { head: "Corrected", cell: (row: Counts) => row.corrected, kind: "num" as const },
  { head: "Rejected", cell: (row: Counts) => row.rejected, kind: "num" as const },
];

/** What a training on these decisions would learn from, and what the versions that were trained would change. */
function Training({ labels }: { labels: Found["labels"] }) {
  const href = useHref();
  const tried = useRereviews(useScope()).data?.items.filter((one) => one.models["cause_model_version"]) ?? [];
  return (
    <Card title="What training on these decisions would change">
      <div className="stack tight">
        <p>
          {plural(labels.reports, "report")} would be learned from; to {labels.contrary} of them the model proposes another cause now.
          {labels.by_rules > 0 && ` ${plural(labels.by_rules, "report")} that rules accepted would not: they are no person's judgement.`}
        </p>
        {tried.length > 0 ? (
          <ul className="plain-list sentences">
            {tried.map((one) => (
              <li key={one.rereview_id}>
                <Link className="link" href={href(`/rereviews/${one.rereview_id}`)}>
                  What version {String(one.models["cause_model_version"])} would change
                </Link>
                <span className="soft"> · {plural(one.n_reports, "report")} looked at again</span>
              </li>
            ))}
          </ul>
        ) : (
          <p className="small soft">
            Train a version with <Code>mrs train causes --version NAME</Code>, then start a rereview with it: it says report by report what would change.
          </p>
        )}
      </div>
    </Card>
  );
}

function summed(causes: Found["causes"]): (Counts & { cause: string })[] {
  const found = new Map<string, Counts & { cause: string }>();
  for (const one of causes) {
    const own = found.get(one.cause) ?? { cause: one.cause, agreed: 0, corrected: 0, rejected: 0 };
    own.agreed += one.agreed;
    own.corrected += one.corrected;
    own.rejected += one.rejected;
    found.set(one.cause, own);
  }
  return [...found.values()].sort((a, b) => all(b) - all(a));
}
