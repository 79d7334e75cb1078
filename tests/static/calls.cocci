// SPDX-License-Identifier: GPL-2.0
// Who calls what: "FILE:LINE CALLER CALLEE" for each call in a function. hotpath reads it.

@call@
identifier callee;
expression list arguments;
position at;
@@
callee@at(arguments)

@script:python@
callee << call.callee;
at << call.at;
@@
print("%s:%s %s %s" % (at[0].file, at[0].line, at[0].current_element, callee))
