import { Compass } from "lucide-react";
import { Link } from "wouter";
import { Empty } from "@/parts/States";

export function NotFound() {
  return (
    <Empty icon={Compass} title="There is no such page">
      <p>
        The address may be mistyped. <Link className="link" href="/inbox">Go to the inbox</Link>
      </p>
    </Empty>
  );
}
