// What people decided and said, the newest first.
import type { Edit } from "@/api/types";
import { describeLogged } from "@/lib/describe";
import { stamp } from "@/lib/format";
import { PendingBadge } from "@/parts/Badges";

export function EditsList({ edits }: { edits: readonly Edit[] }) {
  if (!edits.length) return <p className="small soft">Nobody has decided or said anything yet.</p>;
  return (
    <ul className="edits">
      {[...edits].reverse().map((edit) => {
        const text = edit.comment ?? (edit.value["evidence"] as string | undefined);
        return (
          <li key={edit.edit_id}>
            <div className="small">
              <strong>{edit.author}</strong> {describeLogged(edit)} {edit.pending && <PendingBadge />}
            </div>
            {text && <blockquote>{text}</blockquote>}
            <div className="small soft">{stamp(edit.edited_at)}</div>
          </li>
        );
      })}
    </ul>
  );
}
