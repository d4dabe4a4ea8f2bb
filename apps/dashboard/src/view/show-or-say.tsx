import { CircleAlert } from "lucide-react";
import { Component, type ReactElement, type ReactNode, use, useEffect } from "react";
import { renewFailedParts } from "./lazy-part.ts";
import { Button } from "./parts/button.tsx";
import { useText } from "./preferences.tsx";
import { SessionContext } from "./session-context.tsx";

interface ShowOrSayProps {
  readonly children: ReactNode;
}

/**
 * What is in it, or, if that cannot be shown, the word that it cannot: above all when a part of the page does not load,
 * since its server cannot be reached, or has a newer build meanwhile. It is tried again when it is asked for, when the
 * connection is back, and wherever else a link leads. Only React's class components can catch that.
 */
export class ShowOrSay extends Component<ShowOrSayProps, { readonly hasFailed: boolean }> {
  override state = { hasFailed: false };

  constructor(props: ShowOrSayProps) {
    super(props);
    renewFailedParts();
  }

  static getDerivedStateFromError(): { readonly hasFailed: boolean } {
    return { hasFailed: true };
  }

  readonly #tryAgain = () => {
    renewFailedParts();
    this.setState({ hasFailed: false });
  };

  override render(): ReactNode {
    return this.state.hasFailed ? <Failure onTryAgain={this.#tryAgain} /> : this.props.children;
  }
}

function Failure({ onTryAgain }: { readonly onTryAgain: () => void }): ReactElement {
  const text = useText();
  useReturn(onTryAgain);
  return (
    <div role="alert" className="mx-auto grid max-w-md justify-items-center gap-4 px-4 py-24 text-center">
      <CircleAlert className="text-bad" aria-hidden="true" />
      <h1 className="text-lg font-semibold text-balance">{text.failure.title}</h1>
      <p className="text-sm text-balance text-muted">{text.failure.hint}</p>
      <div className="flex flex-wrap justify-center gap-2">
        <Button kind="primary" onClick={onTryAgain}>
          {text.failure.again}
        </Button>
        <Button onClick={() => location.reload()}>{text.failure.reload}</Button>
      </div>
    </div>
  );
}

/** Calls back when the connection returns: that of the machine, or that to the relay, which mostly serves the page too. */
function useReturn(onReturn: () => void): void {
  const session = use(SessionContext)?.session;
  useEffect(() => {
    addEventListener("online", onReturn);
    let wasLive = session?.getState().link.type === "live";
    const stop = session?.subscribe(() => {
      const isLive = session.getState().link.type === "live";
      if (isLive && !wasLive) onReturn();
      wasLive = isLive;
    });
    return () => {
      removeEventListener("online", onReturn);
      stop?.();
    };
  }, [session, onReturn]);
}
