(** * Numbers read as reals

    The checker computes with numbers of a kind [T], each of which stands for a real number.  [right] says that its
    operations are those of the reals. *)

From Coq Require Import Reals List.
From ExactRegions Require Import Definitions Checker.

Record right {T : Type} (o : numbers T) (val : T -> R) : Prop := Right {
  val_zero : val (zero o) = 0%R;
  val_add : forall a b, val (add o a b) = (val a + val b)%R;
  val_mul : forall a b, val (mul o a b) = (val a * val b)%R;
  val_opp : forall a, val (opp o a) = (- val a)%R;
  val_leb : forall a b, leb o a b = true <-> (val a <= val b)%R }.

Section Reading.
Context {T : Type} (val : T -> R).

Definition read_unit (u : unit T) : unit R := Unit (map val (weight u)) (val (bias u)) (val (low u)) (val (high u)).

Definition read_network (net : network T) : network R := map (map read_unit) net.

Definition read_shape (s : shape T) : shape R :=
  match s with
  | Whole => Whole
  | Box sides => Box (map (fun side => (val (fst side), val (snd side))) sides)
  | BallInf c r => BallInf (map val c) (val r)
  | Ball1 c r => Ball1 (map val c) (val r)
  | Ball2 c r => Ball2 (map val c) (val r)
  end.

Definition read_domain (K : domain T) : domain R :=
  Domain (read_shape (around K)) (map (fun cut => (map val (fst cut), val (snd cut))) (cuts K)).

End Reading.
