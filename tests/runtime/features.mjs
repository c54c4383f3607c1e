// What the package does, each with the tests of the suite that show it, and the runtimes that cannot do it: there the
// same tests see that it is refused in plain words. Imported by the suite's harness and by table.mjs.
const everywhere = () => true
const among =
  (...names) =>
  (runtime) =>
    names.includes(runtime)

/** `tests` picks results; `able` tells by runtime; `otherwise` is what the table says of the others. */
export const features = [
  { title: 'pay x402 `exact`, v1 and v2', group: 'paying', named: /an x402 v[12] seller/ },
  { title: 'pay `4mica-credit`, certificate verified', group: 'paying', named: /4mica-credit/ },
  { title: 'policy, budgets, quotes, questions', groups: ['refusing', 'ruling', 'deciding'] },
  { title: 'bodies, aborts, everything that is free', groups: ['passing', 'bodies', 'aborting'] },
  { title: 'local key', group: 'secrets' },
  { title: 'injected wallet', group: 'wallets' },
  { title: 'records, reconcile, revoke', group: 'owning' },
  { title: '4Mica account', group: 'account' },
  { title: 'sandbox', group: 'clearing' },
  { title: 'sell (`farthing/seller`)', groups: ['selling', 'repeating', 'doors', 'guaranteed'] },
  { title: 'store: memory', group: 'memory' },
  { title: 'store: SQLite', group: 'sqlite', able: among('node22', 'node24', 'deno', 'bun') },
  { title: 'store: IndexedDB', group: 'indexedDb', able: among('chromium', 'firefox', 'webkit', 'worker', 'service') },
  { title: 'store: Durable Object', group: 'durableObject', able: among('workerd') },
].map(({ group, groups = [group], able = everywhere, ...rest }) => ({ groups, able, ...rest }))

/** Groups whose feature this runtime has. */
export const able = (runtime) => features.filter(({ able }) => able(runtime)).flatMap(({ groups }) => groups)
