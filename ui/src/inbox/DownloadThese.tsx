// The rows of a list, all that fit its filters, as a file.
import { Button, Tooltip } from "@radix-ui/themes";
import { Download } from "lucide-react";
import { useState } from "react";
import { csv, download } from "@/lib/csv";
import { message } from "@/parts/States";

interface Props<T> {
  name: string;
  columns: readonly (keyof T & string)[];
  rows: () => Promise<T[]>;
}

export function DownloadThese<T extends object>({ name, columns, rows }: Props<T>) {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState("");
  const take = async () => {
    setBusy(true);
    setError("");
    await rows().then(
      (found) => download(`${name}.csv`, csv(found, columns)),
      (problem: unknown) => setError(message(problem)),
    );
    setBusy(false);
  };
  return (
    <>
      {error && (
        <span className="small" role="alert">
          {error}
        </span>
      )}
      <Tooltip content="All that fit these filters, as CSV">
        <Button size="1" variant="ghost" color="gray" loading={busy} onClick={() => void take()} aria-label="Download these">
          <Download size={13} aria-hidden="true" />
          <span className="only-wide">Download these</span>
        </Button>
      </Tooltip>
    </>
  );
}
