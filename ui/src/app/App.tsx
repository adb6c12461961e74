// Providers, theme and routes. Pages other than the inbox are loaded when they are first opened.
import { Theme } from "@radix-ui/themes";
import { QueryClientProvider } from "@tanstack/react-query";
import { lazy, Suspense } from "react";
import { Redirect, Route, Switch } from "wouter";
import { queryClient } from "@/api/queryClient";
import { Inbox } from "@/inbox/Inbox";
import { useAppearance } from "@/lib/preferences";
import { Loading } from "@/parts/States";
import { Login } from "./Login";
import { NotFound } from "./NotFound";
import { useSession } from "./session";
import { Shell } from "./Shell";

const EventPage = lazy(() => import("@/event/EventPage"));
const Reports = lazy(() => import("@/report/Reports"));
const ReportPage = lazy(() => import("@/report/ReportPage"));
const Rereviews = lazy(() => import("@/rereview/Rereviews"));
const RereviewPage = lazy(() => import("@/rereview/RereviewPage"));
const Runs = lazy(() => import("@/runs/Runs"));
const CompareRuns = lazy(() => import("@/runs/CompareRuns"));
const Alerts = lazy(() => import("@/alerts/Alerts"));
const Health = lazy(() => import("@/health/Health"));

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
  if (!session) return <Login />;
  return (
    <Shell>
      <Suspense fallback={<Loading />}>
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
          <Route component={NotFound} />
        </Switch>
      </Suspense>
    </Shell>
  );
}
