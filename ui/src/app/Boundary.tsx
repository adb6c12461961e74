// Nothing turns the page white: what goes wrong while it is drawn is caught inside the shell, and can be tried again.
import { Button } from "@radix-ui/themes";
import { CloudOff } from "lucide-react";
import { Component, type ReactNode } from "react";
import { Empty } from "@/parts/States";

interface Props {
  /** Where one is: going elsewhere clears the failure. */
  at: string;
  children: ReactNode;
}

export class Boundary extends Component<Props, { failedAt: string | null }> {
  override state = { failedAt: null as string | null };

  static getDerivedStateFromError(): { failedAt: string } {
    return { failedAt: "" };
  }

  override componentDidCatch(error: unknown): void {
    console.error(error);
    this.setState({ failedAt: this.props.at });
  }

  override componentDidUpdate(): void {
    const { failedAt } = this.state;
    if (failedAt && failedAt !== this.props.at) this.setState({ failedAt: null });
  }

  override render(): ReactNode {
    if (this.state.failedAt === null) return this.props.children;
    return <PageFailure title="This page could not be shown" retry={() => this.setState({ failedAt: null })} />;
  }
}

export function PageFailure({ title, retry }: { title: string; retry: () => void }) {
  return (
    <main className="main" id="main" tabIndex={-1}>
      <div role="alert">
        <Empty icon={CloudOff} title={title}>
          <p>
            The server may be away, or a newer version of the Workshop may be there. What you have typed and decided is kept in this browser.
          </p>
          <div className="row">
            <Button onClick={() => location.reload()}>Reload</Button>
            <Button variant="soft" color="gray" onClick={retry}>
              Try again
            </Button>
          </div>
        </Empty>
      </div>
    </main>
  );
}
