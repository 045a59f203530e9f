# SPDX-License-Identifier: MIT
# Makes C of the statements in SQL files: cmake -DOUT=dir -DFILES=... -P
#   "-- name: x" starts one statement, "-- script: x" one or more that are run
#   as a whole; either reaches to the next such line or the end of its file.
set(ids "")
set(rows "")

# One statement: $text begins behind "-- name: ".
function(embed kind text)
  string(FIND "${text}" "\n" eol)
  string(SUBSTRING "${text}" 0 ${eol} name)
  string(SUBSTRING "${text}" ${eol} -1 sql)
  string(STRIP "${sql}" sql)
  string(TOUPPER "${name}" id)
  string(REPLACE "\\" "\\\\" sql "${sql}")
  string(REPLACE "\"" "\\\"" sql "${sql}")
  string(REPLACE "\n" "\\n\"\n\t\t\"" sql "${sql}")
  string(APPEND ids "\tMC_SQL_${id},\n")
  string(APPEND rows
    "\t[MC_SQL_${id}] = { \"${name}\", ${kind},\n\t\t\"${sql}\" },\n")
  set(ids "${ids}" PARENT_SCOPE)
  set(rows "${rows}" PARENT_SCOPE)
endfunction()

# The first mark in $rest: where it stands (-1: none), its length, its kind.
macro(find_mark)
  set(at -1)
  foreach(mark "\n-- name: " "\n-- script: ")
    string(FIND "${rest}" "${mark}" found)
    if(found GREATER -1 AND (at EQUAL -1 OR found LESS at))
      set(at ${found})
      string(LENGTH "${mark}" length)
      set(script false)
      if(mark MATCHES "script")
        set(script true)
      endif()
    endif()
  endforeach()
endmacro()

foreach(file ${FILES})
  file(READ ${file} rest)
  string(PREPEND rest "\n")
  find_mark()
  while(at GREATER -1)
    math(EXPR start "${at} + ${length}")
    string(SUBSTRING "${rest}" ${start} -1 rest)
    set(kind ${script})
    find_mark()
    string(SUBSTRING "${rest}" 0 ${at} one)
    if(at GREATER -1)
      string(SUBSTRING "${rest}" ${at} -1 rest)
      set(at 0)
    endif()
    embed(${kind} "${one}")
  endwhile()
endforeach()

file(WRITE ${OUT}/statements.h "/* Made from sql/ by embed.cmake. */
#ifndef MC_ARCHIVE_STATEMENTS_H
#define MC_ARCHIVE_STATEMENTS_H

#include <stdbool.h>

enum mc_sql {
${ids}\tMC_SQL_COUNT,
};

struct mc_statement {
\tconst char *name;
\tbool script; /* several statements, run as a whole */
\tconst char *text;
};

extern const struct mc_statement mc_statements[MC_SQL_COUNT];

#endif
")
file(WRITE ${OUT}/statements.c "/* Made from sql/ by embed.cmake. */
#include \"archive/statements.h\"

const struct mc_statement mc_statements[MC_SQL_COUNT] = {
${rows}};
")
