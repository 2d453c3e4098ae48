(** * What is counted

    All that the theorem of [Correctness.v] rests on, besides the kernel of Coq: what a network, an open domain, a pattern
    and a count are.  Everything is about real numbers.  A point is a list of [d] real numbers. *)

From Coq Require Import Reals List Bool Arith.
Import ListNotations.
Open Scope R_scope.

(** ** Networks

    A unit with two slopes reads the values [h] of the stage before it.  Its pre-activation is [weight . h + bias]; it
    passes on [high] times that where it is positive, and [low] times that elsewhere.  A network is a list of stages; the
    affine map behind the last stage plays no part in what is counted.  [T] is a kind of numbers: [R] on this page. *)

Record unit (T : Type) := Unit { weight : list T; bias : T; low : T; high : T }.
Arguments Unit {T}. Arguments weight {T}. Arguments bias {T}. Arguments low {T}. Arguments high {T}.

Definition network (T : Type) := list (list (unit T)).

(** The sum of [phi a_i x_i], as long as there are both. *)
Fixpoint sum2 (phi : R -> R -> R) (a x : list R) : R :=
  match a, x with
  | a0 :: a', x0 :: x' => phi a0 x0 + sum2 phi a' x'
  | _, _ => 0
  end.

Definition dot : list R -> list R -> R := sum2 Rmult.

Definition preactivation (h : list R) (u : unit R) : R := dot (weight u) h + bias u.

Definition passed (u : unit R) (z : R) : R := (if Rlt_dec 0 z then high u else low u) * z.

(** The sign of a unit: [true] stands for +, where the pre-activation is positive, and [false] for -, where it is not.
    A unit with two equal slopes is a wire: it bends nothing and always has the sign +. *)
Definition sign (u : unit R) (z : R) : bool :=
  if Req_EM_T (low u) (high u) then true else if Rlt_dec 0 z then true else false.

(** The pattern of a point: the signs of all units, stage by stage. *)
Fixpoint pattern (net : network R) (h : list R) : list bool :=
  match net with
  | [] => []
  | stage :: rest =>
      map (fun u => sign u (preactivation h u)) stage ++
      pattern rest (map (fun u => passed u (preactivation h u)) stage)
  end.

(** ** Domains

    The points of a shape, an open box or ball or the whole space, at which every cut [(a, b)] holds: [a . x < b].
    So a polytope is a box, or the whole space, with cuts. *)

Inductive shape (T : Type) :=
  | Whole                                  (* the whole space *)
  | Box (sides : list (T * T))             (* lower < x < upper in each coordinate *)
  | BallInf (center : list T) (radius : T) (* balls of the norms inf, 1 and 2 *)
  | Ball1 (center : list T) (radius : T)
  | Ball2 (center : list T) (radius : T).
Arguments Whole {T}. Arguments Box {T}. Arguments BallInf {T}. Arguments Ball1 {T}. Arguments Ball2 {T}.

Record domain (T : Type) := Domain { around : shape T; cuts : list (list T * T) }.
Arguments Domain {T}. Arguments around {T}. Arguments cuts {T}.

Definition in_shape (s : shape R) (x : list R) : Prop :=
  match s with
  | Whole => True
  | Box sides => Forall2 (fun side v => fst side < v < snd side) sides x
  | BallInf c r => Forall2 (fun a v => Rabs (v - a) < r) c x
  | Ball1 c r => sum2 (fun a v => Rabs (v - a)) c x < r
  | Ball2 c r => 0 < r /\ sum2 (fun a v => (v - a) * (v - a)) c x < r * r
  end.

Definition inside (K : domain R) (x : list R) : Prop :=
  in_shape (around K) x /\ Forall (fun cut => dot (fst cut) x < snd cut) (cuts K).

(** ** The count

    The activation region of a pattern [p] is the set of points whose pattern is [p].  It is proper, and its interior
    meets the open domain [K], when some open cube lies in both. *)

Definition cube (c : list R) (r : R) (x : list R) : Prop := Forall2 (fun a v => Rabs (v - a) < r) c x.

Definition proper_in (d : nat) (net : network R) (K : domain R) (p : list bool) : Prop :=
  exists c r, length c = d /\ 0 < r /\ forall x, cube c r x -> inside K x /\ pattern net x = p.

(** How many patterns have a property: at least, at most, or exactly [M]. *)
Definition at_least (P : list bool -> Prop) (M : nat) : Prop :=
  exists ps, NoDup ps /\ length ps = M /\ forall p, In p ps -> P p.

Definition at_most (P : list bool -> Prop) (M : nat) : Prop :=
  forall ps, NoDup ps -> (forall p, In p ps -> P p) -> (length ps <= M)%nat.

Definition exactly (P : list bool -> Prop) (M : nat) : Prop :=
  exists ps, NoDup ps /\ length ps = M /\ forall p, In p ps <-> P p.

(** ** Winner units

    Some units may be the contests of tournaments, each of which passes on one of several values, as max-pooling does.
    Numbers from 0 to k - 1 stand for the values, and k + j for the winner of contest j; its second side wins where its
    unit has the sign +.  The last contest is won by the winner of the tournament.  Regions are then told by which value
    wins each tournament and by the signs of the units that are no contests; patterns that tell the same count once. *)

Record tournament := Tournament { contests : list (nat * (nat * nat)) (* the unit of each contest, and its sides *) }.

Fixpoint winner (fuel : nat) (t : tournament) (p : list bool) (n : nat) : nat :=
  let k := S (length (contests t)) in
  match fuel with
  | 0%nat => n
  | S fuel' =>
      if (n <? k)%nat then n
      else
        let '(u, (a, b)) := nth (n - k) (contests t) (0, (0, 0))%nat in
        winner fuel' t p (if nth u p false then b else a)
  end.

(** For each value, whether it wins the tournament. *)
Definition wins (p : list bool) (t : tournament) : list bool :=
  let last := length (contests t) in
  map (fun v => (v =? winner (S last) t p (last + last))%nat) (seq 0 (S last)).

Definition contest_units (ts : list tournament) : list nat := flat_map (fun t => map fst (contests t)) ts.

Definition told (ts : list tournament) (p : list bool) : list bool :=
  map snd (filter (fun s => negb (existsb (Nat.eqb (fst s)) (contest_units ts))) (combine (seq 0 (length p)) p)) ++
  flat_map (wins p) ts.

Definition proper_told d net K (ts : list tournament) (q : list bool) : Prop :=
  exists p, proper_in d net K p /\ told ts p = q.
