import { locationService } from '@grafana/runtime';

function isPlainClick(event: MouseEvent): boolean {
  return event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
}

/**
 * Follows ordinary links inside the page without loading it again, as Grafana does.
 * @returns a function that stops it
 */
export function followLinks(document: Document): () => void {
  const onClick = (event: MouseEvent): void => {
    if (event.defaultPrevented || !isPlainClick(event) || !(event.target instanceof Element)) return;
    const anchor = event.target.closest('a');
    const href = anchor?.getAttribute('href');
    if (anchor === null || href === null || href === undefined) return;
    if (anchor.target !== '' || anchor.hasAttribute('download')) return;
    const url = new URL(href, document.baseURI);
    if (url.origin !== window.location.origin || url.pathname.startsWith('/api/')) return;
    if (url.searchParams.has('role') || url.searchParams.has('theme')) return;
    event.preventDefault();
    locationService.push(`${url.pathname}${url.search}${url.hash}`);
  };
  document.addEventListener('click', onClick);
  return () => document.removeEventListener('click', onClick);
}
