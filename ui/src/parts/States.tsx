// What a page shows while it has nothing, waits, or could not load.
import { Button, Callout, Skeleton } from "@radix-ui/themes";
import { CloudOff, type LucideIcon, SearchX } from "lucide-react";
import type { ReactNode } from "react";
import { ApiError, isMissing } from "@/api/errors";

export function Empty({ icon: Icon, title, children }: { icon: LucideIcon; title: string; children?: ReactNode }) {
  return (
    <div className="empty">
      <Icon size={30} strokeWidth={1.4} aria-hidden="true" />
      <h2>{title}</h2>
      {children}
    </div>
  );
}

export function Loading({ rows = 8, height = 20 }: { rows?: number; height?: number }) {
  return (
    <div className="stack" role="status" aria-label="Loading" style={{ padding: "16px 20px" }}>
      {Array.from({ length: rows }, (_, at) => 96 - ((at * 13) % 38) + at / 1000).map((width) => (
        <Skeleton key={width} style={{ height, width: `${width}%` }} />
      ))}
    </div>
  );
}

/** There is no such thing; the link may be mistyped, or of another run. */
export function Missing({ what }: { what: string }) {
  return (
    <Empty icon={SearchX} title={`There is no such ${what}`}>
      <p>The link may be incomplete, or it may be about another run or a later day than the one you look at.</p>
    </Empty>
  );
}

export function Failure({ error, retry, what = "thing" }: { error: unknown; retry?: () => void; what?: string }) {
  if (isMissing(error)) return <Missing what={what} />;
  const offline = error instanceof ApiError && error.status === 0;
  return (
    <div style={{ padding: 20 }}>
      <Callout.Root highContrast color={offline ? "gray" : "red"} role="alert">
        <Callout.Icon>
          <CloudOff size={16} />
        </Callout.Icon>
        <Callout.Text>
          {offline ? "The API cannot be reached. What you have typed is kept in this browser." : message(error)}
        </Callout.Text>
        {retry && (
          <div>
            <Button size="1" variant="soft" color="gray" onClick={retry}>
              Try again
            </Button>
          </div>
        )}
      </Callout.Root>
    </div>
  );
}

export function message(error: unknown): string {
  return error instanceof Error ? error.message : "Something went wrong.";
}
