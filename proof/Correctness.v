(** * The theorem *)

From Coq Require Import Reals QArith Qreals List Bool Lra Lia.
From ExactRegions Require Import Definitions Checker Reading Geometry Forms Walk Tries.
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

Theorem upper_sound what t M : upper what = true -> check o what d K net t = Some M -> at_most (proper_in d N D) M.
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

Theorem lower_sound what t M : lower what = true -> check o what d K net t = Some M -> at_least (proper_in d N D) M.
Proof.
  intros Hlow H. exists (leaves o K net [] (beginning o K net) t).
  assert (W := proj2 (checked _ _ _ H)).
  split; [exact (none_twice _ _ _ _ _ _ _ _ _ W)|]. split; [exact (walk_length _ _ _ _ _ _ _ _ _ W)|].
  intros p Hin. eapply leaves_proper; eauto.
Qed.

Theorem exact_sound t M : check o claim_exact d K net t = Some M -> exactly (proper_in d N D) M.
Proof.
  intros H. exists (leaves o K net [] (beginning o K net) t).
  assert (W := proj2 (checked _ _ _ H)).
  split; [exact (none_twice _ _ _ _ _ _ _ _ _ W)|]. split; [exact (walk_length _ _ _ _ _ _ _ _ _ W)|].
  intros p; split; intros Hp.
  - eapply leaves_proper; eauto; reflexivity.
  - eapply in_leaves; eauto; reflexivity.
Qed.

(** *** Winner units *)

Variable ts : list tournament.

Lemma check_told_spec what t M : check_told o what d K net ts t = Some M ->
  exists L, check o what d K net t = Some L /\
  exists qs, NoDup qs /\ length qs = M /\
  forall q, In q qs <-> exists p, In p (leaves o K net [] (beginning o K net) t) /\ told ts p = q.
Proof.
  unfold check_told. destruct (check o what d K net t) as [L|]; [|discriminate]. intros H; inversion H.
  exists L; split; auto.
  destruct (different_spec (map (told ts) (leaves o K net [] (beginning o K net) t))) as [qs [A [B C]]].
  exists qs; repeat split; auto; intros Hq.
  - apply C, in_map_iff in Hq. destruct Hq as [p [E I]]; exists p; auto.
  - apply C, in_map_iff. destruct Hq as [p [I E]]; exists p; auto.
Qed.

Theorem upper_told_sound what t M : upper what = true -> check_told o what d K net ts t = Some M ->
  at_most (proper_told d N D ts) M.
Proof.
  intros Hup H qs Hqs Hq. destruct (check_told_spec _ _ _ H) as [L [HL [rs [_ [E R]]]]]. rewrite <- E.
  apply NoDup_incl_length; auto. intros q Hin. destruct (Hq q Hin) as [p [Hp Ep]].
  apply R. exists p; split; auto. eapply in_leaves; eauto.
Qed.

Theorem lower_told_sound what t M : lower what = true -> check_told o what d K net ts t = Some M ->
  at_least (proper_told d N D ts) M.
Proof.
  intros Hlow H. destruct (check_told_spec _ _ _ H) as [L [HL [rs [A [E R]]]]].
  exists rs; split; [exact A|split; [exact E|]]. intros q Hin. apply R in Hin. destruct Hin as [p [Hp Ep]].
  exists p; split; auto. eapply leaves_proper; eauto.
Qed.

Theorem exact_told_sound t M : check_told o claim_exact d K net ts t = Some M -> exactly (proper_told d N D ts) M.
Proof.
  intros H. destruct (check_told_spec _ _ _ H) as [L [HL [rs [A [E R]]]]].
  exists rs; split; [exact A|split; [exact E|]]. intros q; split; intros Hin.
  - apply R in Hin. destruct Hin as [p [Hp Ep]]. exists p; split; auto. eapply leaves_proper; eauto; reflexivity.
  - destruct Hin as [p [Hp Ep]]. apply R. exists p; split; auto. eapply in_leaves; eauto; reflexivity.
Qed.

End AnyNumbers.

(** Without tournaments a pattern tells itself. *)
Lemma told_nothing p : told [] p = p.
Proof.
  unfold told; simpl. rewrite app_nil_r. generalize 0%nat.
  induction p as [|b p IH]; intros k; simpl; auto. f_equal; apply IH.
Qed.

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
  check rationals claim_exact d K net t = Some M -> exactly (proper_in d (read_network Q2R net) (read_domain Q2R K)) M.
Proof. intros d net K t M. exact (exact_sound rationals Q2R rationals_right d K net t M). Qed.

Theorem check_upper_sound : forall d (net : network Q) (K : domain Q) (t : tree Q) (M : nat),
  check rationals claim_upper d K net t = Some M -> at_most (proper_in d (read_network Q2R net) (read_domain Q2R K)) M.
Proof. intros d net K t M. exact (upper_sound rationals Q2R rationals_right d K net claim_upper t M eq_refl). Qed.

Theorem check_lower_sound : forall d (net : network Q) (K : domain Q) (t : tree Q) (M : nat),
  check rationals claim_lower d K net t = Some M -> at_least (proper_in d (read_network Q2R net) (read_domain Q2R K)) M.
Proof. intros d net K t M. exact (lower_sound rationals Q2R rationals_right d K net claim_lower t M eq_refl). Qed.

Theorem check_told_sound : forall d (net : network Q) (K : domain Q) (ts : list tournament) (t : tree Q) (M : nat),
  check_told rationals claim_exact d K net ts t = Some M ->
  exactly (proper_told d (read_network Q2R net) (read_domain Q2R K) ts) M.
Proof. intros d net K ts t M. exact (exact_told_sound rationals Q2R rationals_right d K net ts t M). Qed.

Print Assumptions check_sound.
