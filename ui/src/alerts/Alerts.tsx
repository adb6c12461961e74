// Alerts.
import { Bell } from "lucide-react";
import { Page } from "@/app/Page";
import { Empty } from "@/parts/States";

export default function Alerts() {
  return (
    <Page title="Alerts">
      <Empty icon={Bell} title="No alert" />
    </Page>
  );
}
