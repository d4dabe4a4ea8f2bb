import { Dialog } from "@base-ui/react/dialog";
import { X } from "lucide-react";
import type { ReactElement } from "react";
import { buttonClass } from "./parts/button.tsx";
import { useText } from "./preferences.tsx";

/** Which keys do what. */
export default function ShortcutsDialog({ onClose }: { readonly onClose: () => void }): ReactElement {
  const text = useText();
  const keys: readonly (readonly [string, string])[] = [
    ["/", text.keys.search],
    ["Esc", text.keys.back],
    ["P", text.keys.pause],
    ["1 – 7", text.keys.window],
    ["0", text.keys.live],
    ["?", text.keys.help],
  ];
  return (
    <Dialog.Root open onOpenChange={(isOpen) => !isOpen && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-black/40" />
        <Dialog.Popup className="fixed top-1/2 left-1/2 z-50 w-[min(24rem,calc(100vw-2rem))] -translate-x-1/2 -translate-y-1/2 rounded-2xl border border-line bg-surface p-5 shadow-pop outline-none">
          <div className="mb-3 flex items-center justify-between">
            <Dialog.Title className="font-semibold">{text.keys.title}</Dialog.Title>
            <Dialog.Close aria-label={text.device.close} className={buttonClass("quiet", true)}>
              <X size={18} />
            </Dialog.Close>
          </div>
          <dl className="divide-y divide-line text-sm">
            {keys.map(([key, meaning]) => (
              <div key={key} className="flex items-center justify-between gap-4 py-2">
                <dt className="text-muted">{meaning}</dt>
                <dd>
                  <kbd className="rounded-md border border-line-strong bg-sunken px-1.5 py-0.5 font-sans text-xs">
                    {key}
                  </kbd>
                </dd>
              </div>
            ))}
          </dl>
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  );
}
