(** * The checker as a program of OCaml

    Only numbers of units, rows and regions become machine integers; the numbers of the mathematics are whatever
    [numbers] is given, see [main.ml]. *)

From Coq Require Extraction ExtrOcamlBasic ExtrOcamlNatInt.
From ExactRegions Require Import Checker Correctness.

Extraction Language OCaml.
Extraction "checker.ml" check check_told claim_upper claim_lower claim_exact.
