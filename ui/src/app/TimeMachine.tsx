// The time machine: the whole page as of a past moment. The moment is in the address, so a link keeps it.
import { Button, IconButton, Popover } from "@radix-ui/themes";
import { ChevronLeft, ChevronRight, History, RotateCcw } from "lucide-react";
import { useState } from "react";
import { useRunId, useTicks } from "@/api/runs";
import { day, dayLong, stamp } from "@/lib/format";
import { useQueryState, useScope } from "@/lib/location";

interface Tick {
  tick: string;
  written_at: string;
}

const NONE: Tick[] = [];

function useMoments(): { ticks: Tick[]; at: number; go: (index: number) => void; leave: () => void } {
  const { as_of } = useScope();
  const [, change] = useQueryState();
  const ticks = useTicks(useRunId()).data?.items ?? NONE;
  const limit = as_of ? as_of.padEnd(19, "T23:59:59").slice(0, 19) : "";
  const at = as_of ? ticks.findLastIndex((tick) => tick.written_at.slice(0, 19) <= limit) : ticks.length - 1;
  return {
    ticks,
    at,
    go: (index) => {
      const tick = ticks[Math.max(0, Math.min(ticks.length - 1, index))];
      if (tick) change({ as_of: tick.written_at }, false);
    },
    leave: () => change({ as_of: null }, false),
  };
}

export function TimeMachine({ open, onOpenChange }: { open: boolean; onOpenChange: (open: boolean) => void }) {
  const { as_of } = useScope();
  const { ticks, at, go, leave } = useMoments();
  const [drag, setDrag] = useState<number | null>(null);
  const index = drag ?? at;
  const tick = ticks[index];
  const first = ticks[0];
  const last = ticks[ticks.length - 1];

  const label = as_of ? `As of ${tick ? day(tick.tick) : stamp(as_of)}` : "Now";

  const settle = () => {
    if (drag !== null) go(drag);
    setDrag(null);
  };
  const choose = (date: string) => {
    const found = ticks.findLastIndex((one) => one.tick <= date);
    if (date) go(Math.max(found, 0));
  };

  return (
    <Popover.Root open={open} onOpenChange={onOpenChange}>
      <Popover.Trigger>
        <Button variant={as_of ? "solid" : "soft"} color={as_of ? "amber" : "gray"} size="2" aria-label={`Time machine: ${label}`}>
          <History size={14} aria-hidden="true" />
          <span className="only-wide">{label}</span>
        </Button>
      </Popover.Trigger>
      <Popover.Content style={{ width: 340 }} aria-label="Time machine">
        <div className="stack">
          <div className="spread">
            <strong>Time machine</strong>
            <Button size="1" variant="ghost" disabled={!as_of} onClick={leave}>
              <RotateCcw size={12} /> Back to now
            </Button>
          </div>
          <p className="small soft">Shows every page as it was after the business date you choose. Nothing can be changed there.</p>
          {first && last ? (
            <>
              <div className="row">
                <IconButton variant="soft" color="gray" aria-label="Previous business date" disabled={index <= 0} onClick={() => go(index - 1)}>
                  <ChevronLeft size={16} />
                </IconButton>
                <input
                  className="date-input grow"
                  type="date"
                  aria-label="Business date"
                  min={first.tick}
                  max={last.tick}
                  value={tick?.tick ?? ""}
                  onChange={(event) => choose(event.target.value)}
                />
                <IconButton variant="soft" color="gray" aria-label="Next business date" disabled={index >= ticks.length - 1} onClick={() => go(index + 1)}>
                  <ChevronRight size={16} />
                </IconButton>
              </div>
              <input
                className="slider"
                type="range"
                aria-label="Business date, slider"
                aria-valuetext={tick ? dayLong(tick.tick) : ""}
                min={0}
                max={ticks.length - 1}
                value={Math.max(index, 0)}
                onChange={(event) => setDrag(Number(event.target.value))}
                onPointerUp={settle}
                onKeyUp={settle}
                onBlur={settle}
              />
              <div className="spread small soft tnum">
                <span>{day(first.tick)}</span>
                {tick && <strong>{dayLong(tick.tick)}</strong>}
                <span>{day(last.tick)}</span>
              </div>
            </>
          ) : (
            <p className="small">This run has no processed business date yet.</p>
          )}
        </div>
      </Popover.Content>
    </Popover.Root>
  );
}

export function PastBanner() {
  const { as_of } = useScope();
  const { ticks, at, go, leave } = useMoments();
  if (!as_of) return null;
  const tick = ticks[at];
  return (
    <div className="past-banner" role="status">
      <History size={15} aria-hidden="true" />
      <span>
        <strong>You are looking at the past.</strong> Everything here is as it was{" "}
        {tick ? `after ${dayLong(tick.tick)}` : `at ${stamp(as_of)}`}; nothing can be changed.
      </span>
      <span className="row" style={{ marginLeft: "auto" }}>
        <IconButton size="1" variant="ghost" color="amber" highContrast aria-label="A day earlier" disabled={at <= 0} onClick={() => go(at - 1)}>
          <ChevronLeft size={15} />
        </IconButton>
        <IconButton size="1" variant="ghost" color="amber" highContrast aria-label="A day later" disabled={at >= ticks.length - 1} onClick={() => go(at + 1)}>
          <ChevronRight size={15} />
        </IconButton>
        <Button size="1" variant="surface" color="amber" highContrast onClick={leave}>
          Back to now
        </Button>
      </span>
    </div>
  );
}
