// Rereviews: those that were made, and the start of a new one.
import { Badge, Button, Progress } from "@radix-ui/themes";
import { Plus, RefreshCcw } from "lucide-react";
import { useState } from "react";
import { Link } from "wouter";
import { Page } from "@/app/Page";
import { useRereviews } from "@/api/rereviews";
import type { RereviewView } from "@/api/types";
import { useMay } from "@/decide/useDecide";
import { plural, stamp } from "@/lib/format";
import { useHref, useScope } from "@/lib/location";
import { sentenceCase } from "@/lib/words";
import { Card } from "@/parts/Card";
import { Empty, Failure, Loading } from "@/parts/States";
import { selectionWords } from "./selection";
import { StartDialog } from "./StartDialog";

export default function Rereviews() {
  const scope = useScope();
  const found = useRereviews(scope);
  const [open, setOpen] = useState(false);
  const { may, whyNot } = useMay();
  const start = (
    <Button disabled={!may} title={whyNot} onClick={() => setOpen(true)}>
      <Plus size={14} aria-hidden="true" /> New rereview
    </Button>
  );
  return (
    <Page title="Rereview" actions={start}>
      <p className="intro">
        A rereview clusters and attributes chosen reports again with the models you name. Detection is never run again, and what a
        person has decided is only flagged, never changed.
      </p>
      {found.isPending ? (
        <Loading rows={5} height={40} />
      ) : found.isError ? (
        <Failure error={found.error} retry={() => void found.refetch()} />
      ) : found.data.items.length === 0 ? (
        <Empty icon={RefreshCcw} title="No rereview yet">
          <p>Choose reports by cause, dates or confidence, and see what another model version would make of them.</p>
          {start}
        </Empty>
      ) : (
        <Card title={plural(found.data.items.length, "rereview")} flush>
          <ul className="plain-list">
            {found.data.items.map((one) => (
              <RereviewRow key={one.rereview_id} rereview={one} />
            ))}
          </ul>
        </Card>
      )}
      {open && <StartDialog onClose={() => setOpen(false)} />}
    </Page>
  );
}

const COLOURS = { running: "blue", succeeded: "green", failed: "red" } as const;

export function RereviewStatus({ rereview }: { rereview: RereviewView }) {
  const decided = rereview.decision;
  return (
    <Badge color={decided ? "gray" : COLOURS[rereview.status]}>
      {decided ? sentenceCase(decided) : rereview.status === "succeeded" ? "To decide" : sentenceCase(rereview.status)}
    </Badge>
  );
}

function RereviewRow({ rereview }: { rereview: RereviewView }) {
  const href = useHref();
  return (
    <li>
      <Link className="list-link plain" href={href(`/rereviews/${rereview.rereview_id}`)}>
        <span className="grow stack tight">
          <span className="row wrap">
            <strong>{selectionWords(rereview.selection)}</strong>
            <RereviewStatus rereview={rereview} />
          </span>
          <span className="small soft">
            {plural(rereview.n_reports, "report")} · {rereview.requested_by} · {stamp(rereview.requested_at)}
            {rereview.reason && ` · “${rereview.reason}”`}
          </span>
        </span>
        {rereview.status === "running" && (
          <Progress value={rereview.progress * 100} className="list-progress" aria-label={`Progress of ${selectionWords(rereview.selection)}`} />
        )}
      </Link>
    </li>
  );
}
