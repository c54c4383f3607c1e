// Regenerates token/TestUsdc.json (abi and runtime bytecode) from token/TestUsdc.sol.
// Not needed at run time: the artefact is committed. Uses solc from npm, a devDependency (about 10 s).
// Run with `npm run compile-token`; `npm run compile-token -- --check` only compares.
import { readFileSync, writeFileSync } from 'node:fs'
import solc from 'solc'

const source = new URL('./TestUsdc.sol', import.meta.url)
const artefact = new URL('./TestUsdc.json', import.meta.url)

const output = JSON.parse(
  solc.compile(
    JSON.stringify({
      language: 'Solidity',
      sources: { 'TestUsdc.sol': { content: readFileSync(source, 'utf8') } },
      settings: {
        optimizer: { enabled: true, runs: 200 },
        evmVersion: 'cancun',
        metadata: { appendCBOR: false, bytecodeHash: 'none' },
        outputSelection: { '*': { '*': ['abi', 'evm.deployedBytecode.object'] } },
      },
    }),
  ),
)
for (const { formattedMessage } of output.errors ?? []) console.error(formattedMessage)
const contract = output.contracts?.['TestUsdc.sol']?.TestUsdc
if (!contract) throw new Error('cannot compile TestUsdc.sol: see the messages above')

const text = `${JSON.stringify(
  {
    generatedBy: 'npm run compile-token',
    compiler: solc.version(),
    abi: contract.abi,
    runtimeBytecode: `0x${contract.evm.deployedBytecode.object}`,
  },
  null,
  1,
)}\n`
if (process.argv.includes('--check')) {
  if (readFileSync(artefact, 'utf8') !== text) throw new Error('token/TestUsdc.json is stale: run npm run compile-token')
} else {
  writeFileSync(artefact, text)
}
