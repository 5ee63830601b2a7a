// A block as its hash and its tries see it: header, transactions and receipts, encoded again from a node's JSON. If the
// hash and the two roots come out as the header says, the JSON was true and whole; if not, the chain has a kind of
// block that is not known here, and nothing is proved from it.

import { equalBytes, joinBytes } from '../bytes.ts';
import { AnchorError } from '../error.ts';
import { bytesOfQuantity, type Hex, toHex } from './hex.ts';
import type { Fields } from './json-rpc.ts';
import { encodeRlp, type Rlp } from './rlp.ts';
import { keccak256, proveIndex } from './trie.ts';

/** A block of a node's JSON whose header hashes to its hash. */
export type Block = {
  readonly number: number;
  readonly hash: Hex;
  /** RLP. */
  readonly header: Uint8Array;
  readonly receiptsRoot: Uint8Array;
  readonly transactionsRoot: Uint8Array;
  /** Wei; undefined on a chain from before EIP-1559. */
  readonly baseFee: bigint | undefined;
};

const amount = (fields: Fields, name: string): Uint8Array => bytesOfQuantity(fields.quantity(name));

/** Up to the Merge; then one by one what the forks since London appended, in this order. */
function headerItems(block: Fields): Uint8Array[] {
  const items = [
    block.bytes('parentHash', 32),
    block.bytes('sha3Uncles', 32),
    block.bytes('miner', 20),
    block.bytes('stateRoot', 32),
    block.bytes('transactionsRoot', 32),
    block.bytes('receiptsRoot', 32),
    block.bytes('logsBloom', 256),
    amount(block, 'difficulty'),
    amount(block, 'number'),
    amount(block, 'gasLimit'),
    amount(block, 'gasUsed'),
    amount(block, 'timestamp'),
    block.bytes('extraData'),
    block.bytes('mixHash', 32),
    block.bytes('nonce', 8),
  ];
  if (block.has('baseFeePerGas')) items.push(amount(block, 'baseFeePerGas'));
  if (block.has('withdrawalsRoot')) items.push(block.bytes('withdrawalsRoot', 32));
  if (block.has('blobGasUsed')) items.push(amount(block, 'blobGasUsed'));
  if (block.has('excessBlobGas')) items.push(amount(block, 'excessBlobGas'));
  if (block.has('parentBeaconBlockRoot')) items.push(block.bytes('parentBeaconBlockRoot', 32));
  if (block.has('requestsHash')) items.push(block.bytes('requestsHash', 32));
  return items;
}

/** Throws `anchor-refused` where the header does not hash to the block's hash. */
export function readBlock(block: Fields): Block {
  const header = encodeRlp(headerItems(block));
  const hash = block.hex('hash', 32);
  const number = block.count('number');
  if (toHex(keccak256(header)) !== hash) throw unknownKind(number, 'its header has another hash');
  return {
    number,
    hash,
    header,
    receiptsRoot: block.bytes('receiptsRoot', 32),
    transactionsRoot: block.bytes('transactionsRoot', 32),
    baseFee: block.has('baseFeePerGas') ? block.quantity('baseFeePerGas') : undefined,
  };
}

/** The proofs of the receipt and the transaction at `index`, root first. Throws `anchor-refused` where a root differs. */
export function proveInBlock(
  block: Block,
  transactions: readonly Fields[],
  receipts: readonly Fields[],
  index: number,
): { readonly receiptProof: readonly Uint8Array[]; readonly transactionProof: readonly Uint8Array[] } {
  const receipt = proveIndex(receipts.map(encodeReceipt), index);
  if (!equalBytes(receipt.root, block.receiptsRoot))
    throw unknownKind(block.number, 'its receipts have another root');
  const transaction = proveIndex(transactions.map(encodeTransaction), index);
  if (!equalBytes(transaction.root, block.transactionsRoot))
    throw unknownKind(block.number, 'its transactions have another root');
  return { receiptProof: receipt.proof, transactionProof: transaction.proof };
}

const typeOf = (fields: Fields): number => (fields.has('type') ? fields.count('type') : 0);

/** EIP-2718: the type's byte before the list; none for the oldest type. */
function typed(type: number, list: readonly Rlp[]): Uint8Array {
  const encoded = encodeRlp(list);
  return type === 0 ? encoded : joinBytes(Uint8Array.of(type), encoded);
}

/** Deposits of the OP Stack append two fields of their own since Regolith and Canyon. */
function encodeReceipt(receipt: Fields): Uint8Array {
  const items: Rlp[] = [
    receipt.has('status') ? amount(receipt, 'status') : receipt.bytes('root', 32),
    amount(receipt, 'cumulativeGasUsed'),
    receipt.bytes('logsBloom', 256),
    receipt
      .each('logs')
      .map((log) => [log.bytes('address', 20), log.eachBytes('topics', 32), log.bytes('data')]),
  ];
  if (receipt.has('depositNonce')) items.push(amount(receipt, 'depositNonce'));
  if (receipt.has('depositReceiptVersion')) items.push(amount(receipt, 'depositReceiptVersion'));
  return typed(typeOf(receipt), items);
}

const to = (tx: Fields): Uint8Array => (tx.has('to') ? tx.bytes('to', 20) : new Uint8Array(0));
const signature = (tx: Fields): Rlp[] => [
  amount(tx, tx.has('yParity') ? 'yParity' : 'v'),
  amount(tx, 'r'),
  amount(tx, 's'),
];
const accessList = (tx: Fields): Rlp =>
  tx.each('accessList').map((entry) => [entry.bytes('address', 20), entry.eachBytes('storageKeys', 32)]);
const call = (tx: Fields): Rlp[] => [amount(tx, 'gas'), to(tx), amount(tx, 'value'), tx.bytes('input')];
const dynamicFee = (tx: Fields): Rlp[] => [
  amount(tx, 'chainId'),
  amount(tx, 'nonce'),
  amount(tx, 'maxPriorityFeePerGas'),
  amount(tx, 'maxFeePerGas'),
  ...call(tx),
  accessList(tx),
];

/** EIPs 155, 2930, 1559, 4844 and 7702, and the deposits with which each block of the OP Stack begins. */
const ENCODINGS: Readonly<Record<number, (tx: Fields) => Rlp[]>> = {
  0: (tx) => [
    amount(tx, 'nonce'),
    amount(tx, 'gasPrice'),
    ...call(tx),
    amount(tx, 'v'),
    amount(tx, 'r'),
    amount(tx, 's'),
  ],
  1: (tx) => [
    amount(tx, 'chainId'),
    amount(tx, 'nonce'),
    amount(tx, 'gasPrice'),
    ...call(tx),
    accessList(tx),
    ...signature(tx),
  ],
  2: (tx) => [...dynamicFee(tx), ...signature(tx)],
  3: (tx) => [
    ...dynamicFee(tx),
    amount(tx, 'maxFeePerBlobGas'),
    tx.eachBytes('blobVersionedHashes', 32),
    ...signature(tx),
  ],
  4: (tx) => [
    ...dynamicFee(tx),
    tx
      .each('authorizationList')
      .map((one) => [
        amount(one, 'chainId'),
        one.bytes('address', 20),
        amount(one, 'nonce'),
        ...signature(one),
      ]),
    ...signature(tx),
  ],
  126: (tx) => [
    tx.bytes('sourceHash', 32),
    tx.bytes('from', 20),
    to(tx),
    tx.has('mint') ? amount(tx, 'mint') : new Uint8Array(0),
    amount(tx, 'value'),
    amount(tx, 'gas'),
    new Uint8Array(0),
    tx.bytes('input'),
  ],
};

/** Throws `anchor-refused` for a type that is not known. */
export function encodeTransaction(tx: Fields): Uint8Array {
  const type = typeOf(tx);
  const items = ENCODINGS[type];
  if (items === undefined)
    throw new AnchorError('anchor-refused', `this chain has transactions of the unknown type ${type}`);
  return typed(type, items(tx));
}

function unknownKind(number: number, why: string): AnchorError {
  return new AnchorError(
    'anchor-refused',
    `block ${number} cannot be computed again from what the node says (${why}): on this chain nothing can be proved offline, or the node is not honest`,
  );
}
