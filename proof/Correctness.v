(** * The theorem *)

From Coq Require Import Reals QArith Qreals List Bool Lra Lia.
From ExactRegions Require Import Definitions Checker Reading Geometry Forms Walk.
Import ListNotations.

(** What a certificate claims: at most, at least, or exactly so many regions. *)
Definition claim_upper := Claim false true.
Definition claim_lower := Claim true false.
Definition claim_exact := Claim true true.

(** ** For any numbers whose operations are those of the reals: this is about the extracted program *)

Section AnyNumbers.
Context {T : Type} (o : numbers T) (val : T -> R) (ok : right o val).
Context (d : nat) (K : domain T) (net : network T).

Local Notation N := (read_network val net).
Local Notation D := (read_domain val K).

Lemma checked what t M : check o what d K net t = Some M ->
  shape_fits o d (around K) = true /\ walk o what d K net [] (beginning o K net) t = Some M.
Proof.
  unfold check. destruct (fits d net && shape_fits o d (around K) && _) eqn:E; [|discriminate].
  apply andb_true_iff in E; destruct E as [E _]. apply andb_true_iff in E; destruct E as [_ E]. auto.
Qed.

Lemma in_leaves what t M p : upper what = true -> check o what d K net t = Some M -> proper_in d N D p ->
  In p (leaves o K net [] (beginning o K net) t).
Proof.
  intros Hup H [c [r [Hc [Hr Hp]]]]. apply checked in H; destruct H as [Hs H].
  assert (S := root_sound o val ok d K net).
  assert (HK : in_domain val d K c r) by (split; [auto|split; [auto|intros x Hx; apply Hp; auto]]).
  eapply (none_lost o val ok what d K net Hs t Hup [] _ M c r p H S HK).
  - intros x Hx. unfold beginning; rewrite root_rows. apply Forall_map, Forall_forall. intros cut Hcut.
    apply (cut_positive o val ok). destruct (Hp x Hx) as [[_ Hin] _]. simpl in Hin.
    rewrite Forall_map, Forall_forall in Hin. exact (Hin cut Hcut).
  - intros x Hx; apply Hp; auto.
  - intros i b Hb. destruct i; discriminate.
Qed.

Theorem upper_sound what t M : upper what = true -> check o what d K net t = Some M -> at_most d N D M.
Proof.
  intros Hup H ps Hps Hp. rewrite <- (walk_length _ _ _ _ _ _ _ _ _ (proj2 (checked _ _ _ H))).
  apply NoDup_incl_length; auto. intros p Hin. eapply in_leaves; eauto.
Qed.

Lemma leaves_proper what t M p : lower what = true -> check o what d K net t = Some M ->
  In p (leaves o K net [] (beginning o K net) t) -> proper_in d N D p.
Proof.
  intros Hlow H Hin. apply checked in H; destruct H as [Hs H].
  exact (all_regions o val ok what d K net Hs t Hlow [] _ M p H (root_sound o val ok d K net) Hin).
Qed.

Theorem lower_sound what t M : lower what = true -> check o what d K net t = Some M -> at_least d N D M.
Proof.
  intros Hlow H. exists (leaves o K net [] (beginning o K net) t).
  assert (W := proj2 (checked _ _ _ H)).
  split; [exact (none_twice _ _ _ _ _ _ _ _ _ W)|]. split; [exact (walk_length _ _ _ _ _ _ _ _ _ W)|].
  intros p Hin. eapply leaves_proper; eauto.
Qed.

Theorem exact_sound t M : check o claim_exact d K net t = Some M -> exactly d N D M.
Proof.
  intros H. exists (leaves o K net [] (beginning o K net) t).
  assert (W := proj2 (checked _ _ _ H)).
  split; [exact (none_twice _ _ _ _ _ _ _ _ _ W)|]. split; [exact (walk_length _ _ _ _ _ _ _ _ _ W)|].
  intros p; split; intros Hp.
  - eapply leaves_proper; eauto; reflexivity.
  - eapply in_leaves; eauto; reflexivity.
Qed.

End AnyNumbers.

(** ** For the rationals of Coq *)

Definition rationals : numbers Q := Numbers 0%Q Qplus Qmult Qopp Qle_bool.

Lemma rationals_right : right rationals Q2R.
Proof.
  constructor; simpl.
  - unfold Q2R; simpl; lra.
  - apply Q2R_plus.
  - apply Q2R_mult.
  - apply Q2R_opp.
  - intros a b; rewrite Qle_bool_iff; split; [apply Qle_Rle|apply Rle_Qle].
Qed.

Theorem check_sound : forall d (net : network Q) (K : domain Q) (t : tree Q) (M : nat),
  check rationals claim_exact d K net t = Some M -> exactly d (read_network Q2R net) (read_domain Q2R K) M.
Proof. intros d net K t M. exact (exact_sound rationals Q2R rationals_right d K net t M). Qed.

Theorem check_upper_sound : forall d (net : network Q) (K : domain Q) (t : tree Q) (M : nat),
  check rationals claim_upper d K net t = Some M -> at_most d (read_network Q2R net) (read_domain Q2R K) M.
Proof. intros d net K t M. exact (upper_sound rationals Q2R rationals_right d K net claim_upper t M eq_refl). Qed.

Theorem check_lower_sound : forall d (net : network Q) (K : domain Q) (t : tree Q) (M : nat),
  check rationals claim_lower d K net t = Some M -> at_least d (read_network Q2R net) (read_domain Q2R K) M.
Proof. intros d net K t M. exact (lower_sound rationals Q2R rationals_right d K net claim_lower t M eq_refl). Qed.

Print Assumptions check_sound.
