// What became of the edits: on their way, waiting for the API, refused, in conflict, pending, applied.
import { Button, IconButton, Kbd, Spinner } from "@radix-ui/themes";
import { useQueryClient } from "@tanstack/react-query";
import { Check, CircleAlert, CloudOff, X } from "lucide-react";
import { useEffect, useRef, useState } from "react";
import { api, body } from "@/api/client";
import { applyAnswer, refreshState } from "@/api/cache";
import type { Accepted, QueuedEdit } from "@/api/edits";
import { drop, retryNow, useQueue, whenAccepted } from "@/api/queue";
import { canUndo, undo } from "@/api/undo";
import { describeEdit, describeTargets } from "@/lib/describe";
import { moved } from "@/lib/sentence";
import { useKeys } from "@/lib/keys";
import { ConflictDialog } from "./ConflictDialog";

interface Landed {
  key: string;
  text: string;
  state: "pending" | "applied";
  /** What it did to what the MAB and the MMM learn, once it is applied. */
  did?: string;
  /** While it can be taken back. */
  undo: (() => void) | null;
}

const FIRST_LOOK_MS = 800;
const NEXT_LOOK_MS = 1500;
const MOST_LOOKS = 60;
const SHOWN_MS = 3500;
const UNDO_MS = 10_000;

export function Sync() {
  const queue = useQueue();
  const client = useQueryClient();
  const [landed, setLanded] = useState<Landed[]>([]);
  const alive = useRef(true);

  useEffect(() => {
    alive.current = true;
    const stop = whenAccepted((item, answer) => {
      applyAnswer(client, answer);
      const text = `${describeEdit(item.edit)} · ${describeTargets(item.about, item.targets)}`;
      const change = (to: Partial<Landed>) => setLanded((now) => now.map((one) => (one.key === item.key ? { ...one, ...to } : one)));
      const take = () => {
        change({ undo: null });
        undo(item, answer);
      };
      setLanded((now) => [...now, { key: item.key, text, state: "pending", undo: canUndo(item) ? take : null }]);
      const shown = pause(UNDO_MS).then(() => change({ undo: null }));
      const before = learned(item);
      void follow(item, answer).then(async () => {
        if (!alive.current) return;
        void refreshState(client);
        change({ state: "applied" });
        change({ did: moved(await before, await learned(item)) });
        await Promise.all([pause(SHOWN_MS), canUndo(item) ? shown : null]);
        setLanded((now) => now.filter((one) => one.key !== item.key));
      });
    });
    return () => {
      alive.current = false;
      stop();
    };
  }, [client]);

  const undoLast = () => {
    const held = queue.findLast((item) => item.state === "waiting" && canUndo(item));
    if (held) drop(held.key);
    else landed.findLast((one) => one.undo)?.undo?.();
  };
  useKeys({ u: undoLast, "Ctrl+z": undoLast });

  const conflict = queue.find((item) => item.state === "conflict");
  const waiting = queue.filter((item) => item.state === "waiting");
  return (
    <>
      <div className="sync" role="status" aria-live="polite" data-testid="sync">
        {queue
          .filter((item) => item.state === "refused")
          .map((item) => (
            <div key={item.key} className="sync-item refused">
              <CircleAlert size={15} aria-hidden="true" />
              <span className="grow">
                <strong>Not accepted: {describeEdit(item.edit)}.</strong> {item.error}
                {typedIn(item) && <span className="sync-typed">“{typedIn(item)}”</span>}
              </span>
              <IconButton size="1" variant="ghost" color="gray" aria-label="Dismiss" onClick={() => drop(item.key)}>
                <X size={14} />
              </IconButton>
            </div>
          ))}
        {waiting.length > 0 && (
          <div className="sync-item">
            <CloudOff size={15} aria-hidden="true" />
            <span className="grow">
              <strong>
                {waiting.length === 1 ? "1 edit waits" : `${waiting.length} edits wait`} for the API.
              </strong>{" "}
              Kept in this browser, sent when it is back.
            </span>
            <Button size="1" variant="soft" color="gray" onClick={retryNow}>
              Send now
            </Button>
          </div>
        )}
        {landed.slice(-3).map((one) => (
          <div key={one.key} className="sync-item">
            {one.state === "applied" ? <Check size={15} className="sync-done" aria-hidden="true" /> : <Spinner size="1" />}
            <span className="grow">
              <strong>{one.state === "applied" ? "Applied" : "Pending"}:</strong> {one.text}
              {one.did && <span className="small soft"> · {one.did}</span>}
            </span>
            {one.undo && (
              <Button size="1" variant="soft" onClick={one.undo}>
                Undo <Kbd size="1">u</Kbd>
              </Button>
            )}
          </div>
        ))}
      </div>
      {conflict && <ConflictDialog key={conflict.key} item={conflict} />}
    </>
  );
}

function typedIn(item: QueuedEdit): string {
  const edit = item.edit as Record<string, unknown>;
  return String(edit["comment"] ?? edit["evidence"] ?? edit["name"] ?? "");
}

const DECIDES: readonly string[] = ["approve", "set_cause", "reject", "reopen"];

/** What is taken out of learning because of the one event that is decided; null where that is not known. */
async function learned(item: QueuedEdit): Promise<number | null> {
  const [only, ...others] = item.targets;
  if (!only || others.length || item.about !== "event" || !DECIDES.includes(item.edit.action)) return null;
  const params = { path: { report_group_id: only.id }, query: only.run_id ? { run_id: only.run_id } : {} };
  try {
    return body(await api.GET("/api/events/{report_group_id}/learning", { params })).taken_out;
  } catch {
    return null; // it is only told
  }
}

/** Wait until the hydrated state holds the edit. */
async function follow(item: QueuedEdit, answer: Accepted): Promise<void> {
  const { id = "", run_id } = item.targets[0] ?? {};
  const query = run_id ? { run_id } : {};
  const mine = new Set(answer.edits.map((edit) => edit.edit_id));
  const due = Date.parse(answer.visible_from) - Date.now();
  await pause(Math.min(Math.max(due, FIRST_LOOK_MS), 20_000));
  for (let look = 0; look < MOST_LOOKS; look += 1) {
    try {
      const now =
        item.about === "event"
          ? body(await api.GET("/api/events/{report_group_id}", { params: { path: { report_group_id: id }, query } }))
          : body(await api.GET("/api/reports/{report_id}", { params: { path: { report_id: id }, query } }));
      if (!now.pending.some((edit) => mine.has(edit.edit_id))) return;
    } catch {
      // Out of reach for now; the edit itself is safe.
    }
    await pause(NEXT_LOOK_MS);
  }
}

const pause = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
