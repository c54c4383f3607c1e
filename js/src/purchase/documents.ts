/** What a core is asked for. */
export type Fetched = { url: string; body?: string }

/** True for what a core publishes about itself; whatever has a body is about this moment and this payer. */
export function isPublished({ body }: Fetched): boolean {
  return body === undefined
}

/** What cores publish about themselves, kept for a while: bytes as received, which the core reads anew each time. */
export type Documents = {
  /** The document at a URL, no older than an hour. */
  of: (url: string) => Uint8Array | undefined
  keep: (url: string, bytes: Uint8Array) => void
  /** Lets go of it: whatever went wrong may be due to it, and the next purchase asks again. */
  drop: (url: string) => void
}

const HOUR_MS = 60 * 60 * 1000

export function documents(): Documents {
  const kept = new Map<string, { bytes: Uint8Array; atMs: number }>()
  return {
    of(url) {
      const document = kept.get(url)
      const ageMs = Date.now() - (document?.atMs ?? 0)
      // A clock that was set back says nothing about age.
      return ageMs >= 0 && ageMs < HOUR_MS ? document?.bytes : undefined
    },
    keep: (url, bytes) => void kept.set(url, { bytes, atMs: Date.now() }),
    drop: (url) => void kept.delete(url),
  }
}
