// What the tests of the whole house use of the program. The program itself starts at main.ts.

export { EXIT, type ExitStatus, Refusal } from './exit-status.ts';
export type { Frame } from './frame.ts';
export { runProgram } from './program.ts';
