// Providers, theme and routes. Pages other than the inbox are loaded when they are first opened.
import { Theme } from "@radix-ui/themes";
import { QueryClientProvider } from "@tanstack/react-query";
import { Redirect, Route, Switch, useLocation } from "wouter";
import { queryClient } from "@/api/queryClient";
import { Inbox } from "@/inbox/Inbox";
import { useAppearance } from "@/lib/preferences";
import { Boundary } from "./Boundary";
import { lazyPage } from "./lazyPage";
import { Login } from "./Login";
import { NotFound } from "./NotFound";
import { useSession } from "./session";
import { Shell } from "./Shell";

const EventPage = lazyPage(() => import("@/event/EventPage"));
const Reports = lazyPage(() => import("@/report/Reports"));
const ReportPage = lazyPage(() => import("@/report/ReportPage"));
const Rereviews = lazyPage(() => import("@/rereview/Rereviews"));
const RereviewPage = lazyPage(() => import("@/rereview/RereviewPage"));
const Runs = lazyPage(() => import("@/runs/Runs"));
const CompareRuns = lazyPage(() => import("@/runs/CompareRuns"));
const Alerts = lazyPage(() => import("@/alerts/Alerts"));
const Health = lazyPage(() => import("@/health/Health"));
const Rules = lazyPage(() => import("@/rules/Rules"));
const Quality = lazyPage(() => import("@/quality/Quality"));

export function App() {
  const appearance = useAppearance();
  return (
    <Theme appearance={appearance} accentColor="indigo" grayColor="slate" radius="medium" scaling="95%">
      <QueryClientProvider client={queryClient}>
        <Gate />
      </QueryClientProvider>
    </Theme>
  );
}

function Gate() {
  const session = useSession();
  const [path] = useLocation();
  if (!session) return <Login />;
  return (
    <Shell>
      <Boundary at={path}>
        <Switch>
          <Route path="/">
            <Redirect to={`/inbox${location.search}`} replace />
          </Route>
          <Route path="/inbox" component={Inbox} />
          <Route path="/events/:id" component={EventPage} />
          <Route path="/reports" component={Reports} />
          <Route path="/reports/:id" component={ReportPage} />
          <Route path="/rereviews" component={Rereviews} />
          <Route path="/rereviews/:id" component={RereviewPage} />
          <Route path="/runs" component={Runs} />
          <Route path="/runs/compare" component={CompareRuns} />
          <Route path="/alerts" component={Alerts} />
          <Route path="/health" component={Health} />
          <Route path="/rules" component={Rules} />
          <Route path="/quality" component={Quality} />
          <Route component={NotFound} />
        </Switch>
      </Boundary>
    </Shell>
  );
}
