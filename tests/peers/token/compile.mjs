// Regenerates token/TestUsdc.json (abi and runtime bytecode) from token/TestUsdc.sol.
// Not needed at run time: the artefact is committed. Uses solc from npm, a devDependency (about 10 s).
// Run with `npm run compile-token`; `npm run compile-token -- --check` only compares.
import { keepArtefact } from '../contracts/artefact.mjs'

keepArtefact(new URL('./TestUsdc.sol', import.meta.url), 'TestUsdc', 'runtime')
