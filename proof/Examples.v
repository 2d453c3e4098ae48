(** * The checker run inside Coq: what it accepts, and what it refuses *)

From Coq Require Import Rdefinitions QArith List.
From ExactRegions Require Import Definitions Checker Reading Correctness.
Import ListNotations.
Open Scope Q_scope.

Definition relu (w : list Q) (b : Q) : unit Q := Unit w b 0 1.

(** One unit [relu (x - 1/2)] on the interval (-1, 1). *)
Definition one_unit : network Q := [[relu [1] (-(1 # 2))]].
Definition interval : domain Q := Domain (Box [(-(1), 1)]) [].
Definition two : tree Q := Split 0 (Leaf (Some [0])) (Leaf (Some [3 # 4])).

Theorem two_regions : exactly (proper_in 1 (read_network Q2R one_unit) (read_domain Q2R interval)) 2.
Proof. apply check_sound with (t := two). reflexivity. Qed.

(** The witnesses exchanged; a leaf too early; the sign + without a proof. *)
Example exchanged : check rationals claim_exact 1 interval one_unit (Split 0 (Leaf (Some [3 # 4])) (Leaf (Some [0]))) = None.
Proof. reflexivity. Qed.

Example early : check rationals claim_exact 1 interval one_unit (Leaf (Some [0])) = None.
Proof. reflexivity. Qed.

Example unproved :
  check rationals claim_exact 1 interval one_unit (Sign 0 true (Refutation [] 1) (Leaf (Some [3 # 4]))) = None.
Proof. reflexivity. Qed.

(** The line x + y = 2 touches the disc of radius r about the origin for r^2 = 2, and cuts it for larger ones. *)
Definition diagonal : network Q := [[relu [1; 1] (-(2))]].
Definition kept_minus : tree Q := Sign 0 false (Refutation [] 1) (Leaf (Some [0; 0])).
Definition disc (r : Q) : domain Q := Domain (Ball2 [0; 0] r) [].

Theorem beside : exactly (proper_in 2 (read_network Q2R diagonal) (read_domain Q2R (disc (141 # 100)))) 1.
Proof. apply check_sound with (t := kept_minus). reflexivity. Qed.

Example across : check rationals claim_exact 2 (disc (142 # 100)) diagonal kept_minus = None.
Proof. reflexivity. Qed.

(** In the norms 1 and inf it touches the open balls of radius 2 and 1, and so does not meet them. *)
Theorem touching : exactly (proper_in 2 (read_network Q2R diagonal) (read_domain Q2R (Domain (Ball1 [0; 0] 2) []))) 1
  /\ exactly (proper_in 2 (read_network Q2R diagonal) (read_domain Q2R (Domain (BallInf [0; 0] 1) []))) 1.
Proof. split; apply check_sound with (t := kept_minus); reflexivity. Qed.

(** A unit that vanishes where the one before it is off: it has the sign - there, and no split is possible. *)
Definition deep : network Q := [[relu [1] 0]; [relu [1] 0]].
Definition deep_tree : tree Q :=
  Split 0 (Sign 1 false (Refutation [] 1) (Leaf (Some [-(1 # 2)])))
          (Sign 1 true (Refutation [(0%nat, 1)] 1) (Leaf (Some [1 # 2]))).

Theorem vanishing : exactly (proper_in 1 (read_network Q2R deep) (read_domain Q2R interval)) 2.
Proof. apply check_sound with (t := deep_tree). reflexivity. Qed.

Example split_of_zero : check rationals claim_exact 1 interval deep
  (Split 0 (Split 1 (Leaf (Some [-(1 # 2)])) (Leaf (Some [-(1 # 2)])))
           (Sign 1 true (Refutation [(0%nat, 1)] 1) (Leaf (Some [1 # 2])))) = None.
Proof. reflexivity. Qed.

(** The half line x < 0 of the whole space, as a polytope; a leaky unit; the side - in a part of its own. *)
Definition leaky : network Q := [[Unit [1] 1 (1 # 10) 1]].
Definition half_line : domain Q := Domain Whole [([1], 0)].
Definition with_part : tree Q := Split 0 (Elsewhere (Side 0 (Leaf (Some [-(2)])))) (Leaf (Some [-(1 # 2)])).

Theorem in_parts : exactly (proper_in 1 (read_network Q2R leaky) (read_domain Q2R half_line)) 2.
Proof. apply check_sound with (t := with_part). reflexivity. Qed.

(** A walk that was cut short counts what it found, and proves a lower bound only. *)
Example cut_short : check rationals claim_lower 1 interval one_unit (Split 0 Cut (Leaf (Some [3 # 4]))) = Some 1%nat
  /\ check rationals claim_upper 1 interval one_unit (Split 0 Cut (Leaf None)) = None
  /\ check rationals claim_upper 1 interval one_unit (Split 0 (Leaf None) (Leaf None)) = Some 2%nat.
Proof. repeat split. Qed.

(** The largest of 0, x and 1: the last one wins on all of (-1, 1), on both sides of x = 0. *)
Definition largest : network Q := [[relu [1] 0]; [relu [-(1)] 1]].
Definition largest_tree : tree Q :=
  Split 0 (Sign 1 true (Refutation [] 1) (Leaf (Some [-(1 # 2)]))) (Sign 1 true (Refutation [] 1) (Leaf (Some [1 # 2]))).
Definition of_three : tournament := Tournament [(0, (0, 1)); (1, (3, 2))]%nat.

Theorem one_winner : exactly (proper_in 1 (read_network Q2R largest) (read_domain Q2R interval)) 2
  /\ exactly (proper_told 1 (read_network Q2R largest) (read_domain Q2R interval) [of_three]) 1.
Proof. split; [apply check_sound with (t := largest_tree)|apply check_told_sound with (t := largest_tree)]; reflexivity. Qed.
