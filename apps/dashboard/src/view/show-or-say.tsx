import { CircleAlert } from "lucide-react";
import { Component, type ReactElement, type ReactNode } from "react";
import { Button } from "./parts/button.tsx";
import { useText } from "./preferences.tsx";

interface ShowOrSayProps {
  readonly children: ReactNode;
}

/**
 * What is in it, or, if that cannot be shown, the word that it cannot: above all when a part of the page does not load,
 * since the server has a newer build meanwhile. Only React's class components can catch that.
 */
export class ShowOrSay extends Component<ShowOrSayProps, { readonly hasFailed: boolean }> {
  override state = { hasFailed: false };

  static getDerivedStateFromError(): { readonly hasFailed: boolean } {
    return { hasFailed: true };
  }

  override render(): ReactNode {
    return this.state.hasFailed ? <Failure /> : this.props.children;
  }
}

function Failure(): ReactElement {
  const text = useText();
  return (
    <div role="alert" className="mx-auto grid max-w-md justify-items-center gap-4 px-4 py-24 text-center">
      <CircleAlert className="text-bad" aria-hidden="true" />
      <h1 className="text-lg font-semibold text-balance">{text.failure.title}</h1>
      <p className="text-sm text-balance text-muted">{text.failure.hint}</p>
      <Button kind="primary" onClick={() => location.reload()}>
        {text.failure.reload}
      </Button>
    </div>
  );
}
