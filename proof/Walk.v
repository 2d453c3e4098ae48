(** * The walk: why the number of leaves is the count *)

From Coq Require Import Reals List Bool Arith Lra Lia.
From ExactRegions Require Import Definitions Checker Reading Geometry Forms.
Import ListNotations.
Open Scope R_scope.

Section Walk.
Context {T : Type} (o : numbers T) (val : T -> R) (ok : right o val).
Context (what : claim) (d : nat) (K : domain T) (net : network T).

Hypothesis fits_shape : shape_fits o d (around K) = true.

Local Notation eval := (eval val).
Local Notation read := (read_unit val).
Let N := read_network val net.
Let D := read_domain val K.

Definition positive (rs : list form) (x : list R) : Prop := Forall (fun f => 0 < eval f x) rs.

(** ** What the signs and forms of a node say at a point *)

Definition says (e : entry) (h x : list R) : Prop :=
  eval (its_form e) x = preactivation h (read (of_unit e)) /\
  forall b, settled e = Some b -> sign (read (of_unit e)) (eval (its_form e) x) = b.

Definition agrees (p : list bool) (c : list entry) (a : network T) (x : list R) : Prop :=
  exists h, pattern N x = p ++ pattern (map (fun e => read (of_unit e)) c :: read_network val a) h /\
  Forall (fun e => says e h x) c.

Lemma sign_wire u z : wire o u = true -> sign (read u) z = true.
Proof.
  unfold wire, sign; rewrite andb_true_iff, !(val_leb _ _ ok); intros H. simpl.
  destruct (Req_EM_T (val (low u)) (val (high u))); auto. exfalso; lra.
Qed.

Lemma sign_open u z : wire o u = false -> (sign (read u) z = true <-> 0 < z).
Proof.
  unfold wire, sign; intros H. simpl.
  destruct (Req_EM_T (val (low u)) (val (high u))) as [E|E].
  - exfalso. apply andb_false_iff in H. destruct H as [H|H].
    + assert (leb o (low u) (high u) = true) by (apply (val_leb _ _ ok); lra). congruence.
    + assert (leb o (high u) (low u) = true) by (apply (val_leb _ _ ok); lra). congruence.
  - destruct (Rlt_dec 0 z); split; intros; try discriminate; try contradiction; auto.
Qed.

Lemma start_says u b z : start o u = Some b -> sign (read u) z = b.
Proof.
  unfold start; destruct (wire o u) eqn:E; intros H; inversion H; subst. apply sign_wire; auto.
Qed.

Lemma passed_form_eval e h x b : settled e = Some b -> says e h x ->
  eval (passed_form o e) x = passed (read (of_unit e)) (preactivation h (read (of_unit e))).
Proof.
  intros Hb [E S]. specialize (S b Hb). unfold passed_form; rewrite (plus_scaled_eval o val ok), (nil_form_eval o val ok), Hb, E.
  rewrite E in S. set (z := preactivation h (read (of_unit e))) in *. unfold sign, passed in *. simpl in *.
  destruct (Req_EM_T (val (low (of_unit e))) (val (high (of_unit e)))) as [Q|Q].
  - subst b. destruct (Rlt_dec 0 z); [ring|rewrite Q; ring].
  - destruct (Rlt_dec 0 z); subst b; ring.
Qed.

Lemma all_settled_spec c bs : all_settled c = Some bs -> map (@settled T) c = map Some bs.
Proof.
  revert bs; induction c as [|e c IH]; intros bs H; simpl in H.
  - inversion H; reflexivity.
  - destruct (settled e) eqn:E; [|discriminate]. destruct (all_settled c) as [bs'|]; [|discriminate].
    inversion H; subst; simpl. rewrite E, (IH bs'); reflexivity.
Qed.

Lemma settled_pattern c bs h x rest : all_settled c = Some bs -> Forall (fun e => says e h x) c ->
  pattern (map (fun e => read (of_unit e)) c :: rest) h = bs ++ pattern rest (map (fun f => eval f x) (map (passed_form o) c)).
Proof.
  intros H S. apply all_settled_spec in H. simpl. rewrite !map_map. f_equal.
  - revert bs H; induction S as [|e c [E S] HS IH]; intros [|b bs] H; try discriminate; auto.
    simpl in *. inversion H. rewrite (IH bs) by auto. rewrite <- E, (S b) by auto. reflexivity.
  - f_equal. revert bs H; induction S as [|e c Hs HS IH]; intros [|b bs] H; try discriminate; auto.
    simpl in *. inversion H. rewrite (IH bs) by auto. rewrite (passed_form_eval e h x b); auto.
Qed.

Lemma agrees_advanced a p c rs us fr x :
  let n := advanced o p c a rs us fr in
  agrees p c a x -> agrees (past n) (current n) (ahead n) x.
Proof.
  revert p c; induction a as [|stage a IH]; intros p c; simpl; auto.
  destruct (all_settled c) as [bs|] eqn:E; auto.
  intros [h [P S]]. apply IH. exists (map (fun f => eval f x) (map (passed_form o) c)).
  split.
  - rewrite P, (settled_pattern c bs h x) by auto. rewrite <- app_assoc. do 2 f_equal.
    unfold read_network, entered. simpl map. rewrite !map_map. reflexivity.
  - unfold entered. apply Forall_map, Forall_forall. intros u _. unfold says; simpl.
    rewrite (combined_eval o val ok). split; [reflexivity|]. intros b; apply start_says.
Qed.

Lemma agrees_root rs x : let n := root o net rs in agrees (past n) (current n) (ahead n) x.
Proof.
  enough (H : forall m, m = net -> let n := root o m rs in agrees (past n) (current n) (ahead n) x) by exact (H net eq_refl).
  intros [|stage a] E; simpl.
  - exists x. subst N; rewrite <- E; simpl; auto.
  - apply agrees_advanced. exists x. split.
    + subst N; rewrite <- E. unfold first_entered, read_network. simpl. rewrite !map_map. reflexivity.
    + apply Forall_map, Forall_forall. intros u _. unfold says; simpl. split; [reflexivity|].
      intros b; apply start_says.
Qed.

Lemma agrees_set_sign p c a x k b e :
  nth_error c k = Some e -> sign (read (of_unit e)) (eval (its_form e) x) = b ->
  agrees p c a x -> agrees p (set_sign k b c) a x.
Proof.
  intros He Hb [h [P S]]. exists h. split.
  - rewrite P. do 3 f_equal. clear. revert k; induction c as [|e c IH]; intros [|k]; simpl; auto. rewrite <- IH; auto.
  - clear P. revert k He; induction S as [|e' c S0 S IH]; intros [|k] He; simpl in *; try discriminate; constructor; auto.
    inversion He; subst. destruct S0 as [A _]. split; simpl; auto. intros b' Hb'; inversion Hb'; auto.
Qed.

(** ** Nodes whose forms and signs are those of the network wherever their rows are positive *)

Definition in_domain (c : list R) (r : R) : Prop :=
  length c = d /\ 0 < r /\ forall x, cube c r x -> inside D x.

Definition on_cube (c : list R) (r : R) (n : node) : Prop := forall x, cube c r x -> positive (rows n) x.

Definition sound (n : node) : Prop :=
  incl (map (cut_form o) (cuts K)) (rows n) /\
  forall c r, in_domain c r -> on_cube c r n -> forall x, cube c r x -> agrees (past n) (current n) (ahead n) x.

Lemma advanced_rest p c a rs us fr : let n := advanced o p c a rs us fr in rows n = rs /\ path n = us /\ fresh n = fr.
Proof. revert p c; induction a as [|s a IH]; intros p c; simpl; auto. destruct (all_settled c); simpl; auto. Qed.

Lemma settle_rows n u b rs us fr : rows (settle o n u b rs us fr) = rs.
Proof. apply advanced_rest. Qed.

Lemma settle_path n u b rs us fr : path (settle o n u b rs us fr) = us.
Proof. apply advanced_rest. Qed.

Lemma open_form_spec n u f : open_form o n u = Some f -> exists e,
  nth_error (current n) (u - length (past n)) = Some e /\ its_form e = f /\ settled e = None /\
  wire o (of_unit e) = false /\ (length (past n) <= u)%nat.
Proof.
  unfold open_form; intros H. destruct (length (past n) <=? u) eqn:L; [|discriminate]. apply Nat.leb_le in L.
  destruct (nth_error _ _) as [[un g [b|]]|] eqn:E; try discriminate.
  destruct (wire o un) eqn:W; [discriminate|]. inversion H; subst.
  exists (Entry un f None); auto.
Qed.

(** The sign of a unit follows from its form. *)
Definition signed (b : bool) (z : R) : Prop := if b then 0 < z else z <= 0.

Lemma settle_sound n u b f rs us fr :
  sound n -> open_form o n u = Some f -> incl (rows n) rs ->
  (forall c r, in_domain c r -> (forall x, cube c r x -> positive rs x) -> forall x, cube c r x -> signed b (eval f x)) ->
  sound (settle o n u b rs us fr).
Proof.
  intros [I S] Hf Hi Hb. split.
  - rewrite settle_rows. eapply incl_tran; eauto.
  - intros c r HK Hr x Hx. unfold on_cube in Hr; rewrite settle_rows in Hr.
    apply agrees_advanced. destruct (open_form_spec _ _ _ Hf) as [e [He [Hfe [_ [W _]]]]].
    apply agrees_set_sign with (e := e); auto.
    + specialize (Hb c r HK Hr x Hx). rewrite Hfe. unfold signed in Hb. destruct b.
      * apply sign_open; auto.
      * apply not_true_is_false. intros Q. apply sign_open in Q; auto. lra.
    + apply (S c r HK); auto. intros y Hy. unfold positive in *.
      specialize (Hr y Hy). rewrite Forall_forall in *. auto.
Qed.

Lemma side_sound n u b f : sound n -> open_form o n u = Some f -> sound (side o n u b f).
Proof.
  intros S Hf. apply settle_sound with (f := f); auto.
  - apply incl_appl, incl_refl.
  - intros c r _ Hr x Hx. specialize (Hr x Hx). apply Forall_app in Hr. destruct Hr as [_ Hr].
    inversion Hr as [|? ? P _]; subst. destruct b; simpl; auto. rewrite (negated_eval o val ok) in P; lra.
Qed.

Lemma in_shape_of c r x : in_domain c r -> cube c r x -> in_shape (read_shape val (around K)) x /\ length x = d.
Proof.
  intros [Hd [_ H]] Hx. split; [exact (proj1 (H x Hx))|]. rewrite (cube_length _ _ _ Hx); auto.
Qed.

Lemma keeps_sound n b f p c r : keeps o d (around K) n b f p = true -> in_domain c r -> on_cube c r n ->
  forall x, cube c r x -> signed b (eval f x).
Proof.
  intros H HK Hr. unfold keeps in H. destruct b; simpl.
  - apply andb_true_iff in H; destruct H as [Hn H].
    assert (L : forall x, cube c r x -> eval (negated o f) x <= 0).
    { intros x Hx. destruct (in_shape_of c r x HK Hx). eapply refuted_sound; eauto. apply Hr; auto. }
    apply (nonzero_spec o val ok) in Hn. intros x Hx.
    assert (Neg := negative_on_cube _ _ c r d (proj1 HK) Hn L x Hx).
    assert (E := negated_eval o val ok f x). unfold Forms.eval in E at 1. rewrite E in Neg. lra.
  - intros x Hx. destruct (in_shape_of c r x HK Hx). eapply refuted_sound; eauto. apply Hr; auto.
Qed.

Lemma kept_sound n u b f p : sound n -> open_form o n u = Some f -> keeps o d (around K) n b f p = true ->
  sound (kept o n u b).
Proof.
  intros S Hf H. apply settle_sound with (f := f); auto; [apply incl_refl|].
  intros c r HK Hr. eapply keeps_sound; eauto.
Qed.

Lemma root_rows m rs : rows (root o m rs) = rs.
Proof. unfold root; destruct m; [reflexivity|apply advanced_rest]. Qed.

Lemma root_sound : sound (beginning o K net).
Proof.
  unfold beginning. split.
  - rewrite root_rows. apply incl_refl.
  - intros c r _ _ x _. apply agrees_root.
Qed.

(** ** Leaves *)

Local Notation leaves := (leaves o K net).
Local Notation walk := (walk o what d K net).

Lemma walk_length t : forall P n k, walk P n t = Some k -> length (leaves P n t) = k.
Proof.
  induction t as [w|u t0 IH0 t1 IH1|u t IH|u b p t IH|u b p|t IH|]; intros P n k H; simpl in *.
  - destruct (finished n); [|discriminate]. destruct (begins P l && _); inversion H; reflexivity.
  - destruct (open_form o n u); [|discriminate]. destruct (_ && _); [|discriminate].
    destruct (walk P (side o n u false f) t0) eqn:E0; [|discriminate].
    destruct (walk P (side o n u true f) t1) eqn:E1; [|discriminate].
    inversion H. rewrite app_length, (IH0 _ _ _ E0), (IH1 _ _ _ E1); reflexivity.
  - destruct (open_form o n u); [|discriminate]. destruct (nth_error P u); [|discriminate].
    destruct (nonzero o d f); [|discriminate]. auto.
  - destruct (open_form o n u); [|discriminate]. destruct (keeps _ _ _ _ _ _ _); [|discriminate]. auto.
  - destruct (open_form o n u); [|discriminate]. destruct (nth_error P u); [|discriminate].
    destruct (_ && _); inversion H; reflexivity.
  - destruct (left_prefix P n); [|discriminate]. auto.
  - destruct (upper what); inversion H; reflexivity.
Qed.

(** ** At most: no pattern is lost *)

Definition prefix (P v : list bool) : Prop := forall i b, nth_error P i = Some b -> nth_error v i = Some b.

Lemma begins_spec P v : begins P v = true <-> prefix P v.
Proof.
  revert v; induction P as [|a P IH]; intros v; simpl.
  - split; auto. intros _ i b H; destruct i; discriminate.
  - destruct v as [|c v].
    + split; [discriminate|]. intros H. specialize (H 0%nat a eq_refl). discriminate.
    + rewrite andb_true_iff, IH, eqb_true_iff. split.
      * intros [E H] [|i] b Hb; simpl in *; [congruence|auto].
      * intros H. split; [specialize (H 0%nat a eq_refl); simpl in H; congruence|].
        intros i b Hb. exact (H (S i) b Hb).
Qed.

Lemma first_signs_spec k l Q : first_signs k l = Some Q ->
  forall i b, nth_error Q i = Some b -> nth_error l i = Some (Some b).
Proof.
  revert l Q; induction k as [|k IH]; intros l Q H; simpl in H.
  - inversion H. intros i b Hb; destruct i; discriminate.
  - destruct l as [|[a|] l]; try discriminate. destruct (first_signs k l) as [Q'|] eqn:E; [|discriminate].
    inversion H. intros [|i] b Hb; simpl in *; [congruence|eauto].
Qed.

Lemma first_signs_length k l Q : first_signs k l = Some Q -> length Q = k.
Proof.
  revert l Q; induction k as [|k IH]; intros l Q H; simpl in H.
  - inversion H; reflexivity.
  - destruct l as [|[a|] l]; try discriminate. destruct (first_signs k l) as [Q'|] eqn:E; [|discriminate].
    inversion H; simpl; f_equal; eauto.
Qed.

Lemma agrees_sign p c a x k e : agrees p c a x -> nth_error c k = Some e ->
  nth_error (pattern N x) (length p + k) = Some (sign (read (of_unit e)) (eval (its_form e) x)).
Proof.
  intros [h [P S]] H. rewrite P, nth_error_app2 by lia.
  replace (length p + k - length p)%nat with k by lia.
  simpl. rewrite map_map. rewrite nth_error_app1.
  - rewrite nth_error_map, H. simpl. f_equal.
    apply nth_error_In in H. rewrite Forall_forall in S. destruct (S e H) as [E _]. rewrite E; reflexivity.
  - rewrite map_length. apply nth_error_Some. congruence.
Qed.

Lemma agrees_signs n x i b : agrees (past n) (current n) (ahead n) x ->
  nth_error (signs_of n) i = Some (Some b) -> nth_error (pattern N x) i = Some b.
Proof.
  intros A H. unfold signs_of in H. destruct (lt_dec i (length (past n))) as [L|L].
  - rewrite nth_error_app1 in H by (rewrite map_length; auto). rewrite nth_error_map in H.
    destruct A as [h [P _]]. rewrite P, nth_error_app1 by auto.
    destruct (nth_error (past n) i); inversion H; reflexivity.
  - rewrite nth_error_app2 in H by (rewrite map_length; lia). rewrite map_length, nth_error_map in H.
    destruct (nth_error (current n) (i - length (past n))) as [e|] eqn:E; [|discriminate]. injection H as Hs.
    assert (Q := agrees_sign _ _ _ _ _ _ A E).
    replace (length (past n) + (i - length (past n)))%nat with i in Q by lia. rewrite Q.
    destruct A as [h [_ S]]. rewrite Forall_forall in S. apply nth_error_In in E.
    destruct (S e E) as [_ S']. rewrite (S' b Hs). reflexivity.
Qed.

Lemma finished_signs (n : @node T) v : finished n = Some v -> map Some v = signs_of n.
Proof.
  unfold finished, signs_of; destruct (ahead n); [|discriminate].
  destruct (all_settled (current n)) as [bs|] eqn:E; [|discriminate]. intros H; inversion H.
  rewrite map_app. f_equal. symmetry; apply all_settled_spec; auto.
Qed.

Lemma finished_pattern n v x : finished n = Some v -> agrees (past n) (current n) (ahead n) x -> pattern N x = v.
Proof.
  unfold finished; destruct (ahead n); [|discriminate].
  destruct (all_settled (current n)) as [bs|] eqn:E; [|discriminate]. intros H [h [P S]]; inversion H.
  rewrite P, (settled_pattern _ _ _ _ _ E S). simpl. rewrite app_nil_r; reflexivity.
Qed.

Lemma open_sign n u f x : open_form o n u = Some f -> agrees (past n) (current n) (ahead n) x ->
  exists b, nth_error (pattern N x) u = Some b /\ signed b (eval f x).
Proof.
  intros Hf A. destruct (open_form_spec _ _ _ Hf) as [e [He [Hfe [_ [W L]]]]].
  assert (Q := agrees_sign _ _ _ _ _ _ A He).
  replace (length (past n) + (u - length (past n)))%nat with u in Q by lia. rewrite Hfe in Q. rewrite Q.
  eexists; split; [reflexivity|]. destruct (sign (read (of_unit e)) (eval f x)) eqn:S; simpl.
  - apply sign_open in S; auto.
  - destruct (Rlt_dec 0 (eval f x)) as [P|P]; [|lra]. apply (sign_open (of_unit e)) in P; auto. congruence.
Qed.

Lemma left_prefix_spec P (n : @node T) Q : left_prefix P n = Some Q ->
  prefix P Q /\ (forall i b, nth_error Q i = Some b -> nth_error (signs_of n) i = Some (Some b)) /\
  (forall u, In u (path n) -> (u < length Q)%nat).
Proof.
  unfold left_prefix; destruct (path n) as [|u us]; [discriminate|].
  destruct (first_signs (S u) (signs_of n)) as [Q'|] eqn:E; [|discriminate].
  match goal with |- (if ?t then _ else _) = _ -> _ => destruct t eqn:B; [|discriminate] end. intros H; inversion H; subst Q'.
  apply andb_true_iff in B; destruct B as [B Hp]. apply andb_true_iff in B; destruct B as [_ Hu].
  split; [apply begins_spec; auto|]. split; [intros i b; exact (first_signs_spec _ _ _ E i b)|].
  rewrite (first_signs_length _ _ _ E). intros v [Hv|Hv]; [subst; lia|].
  rewrite forallb_forall in Hu. specialize (Hu v Hv). apply Nat.leb_le in Hu. lia.
Qed.

Lemma on_side c r n u (b : bool) f : on_cube c r n ->
  (forall x, cube c r x -> if b then 0 < eval f x else eval f x < 0) ->
  on_cube c r (side o n u b f).
Proof.
  intros Hr Hf x Hx. unfold side; rewrite settle_rows. apply Forall_app; split; [apply Hr; auto|].
  constructor; [|constructor]. specialize (Hf x Hx). destruct b; auto. rewrite (negated_eval o val ok); lra.
Qed.

(** On a cube with one pattern, a form that can be split is positive or negative, as the pattern says. *)
Lemma split_side c r n u f s : sound n -> in_domain c r -> on_cube c r n -> open_form o n u = Some f ->
  nonzero o d f = true -> (forall x, cube c r x -> pattern N x = s) ->
  exists b, nth_error s u = Some b /\ on_cube c r (side o n u b f).
Proof.
  intros S HK Hr Hf Hn Hs.
  assert (Hc := cube_center c r (proj1 (proj2 HK))).
  destruct (open_sign _ _ _ c Hf (proj2 S c r HK Hr c Hc)) as [b [Hb _]]. rewrite (Hs c Hc) in Hb.
  exists b; split; auto.
  assert (A : forall x, cube c r x -> signed b (eval f x)).
  { intros x Hx. destruct (open_sign _ _ _ x Hf (proj2 S c r HK Hr x Hx)) as [b' [Hb' Ht]].
    rewrite (Hs x Hx) in Hb'. assert (b' = b) by congruence. subst; auto. }
  apply on_side; auto. destruct b; simpl in A; auto.
  apply (nonzero_spec o val ok) in Hn. apply (negative_on_cube _ _ c r d (proj1 HK) Hn A).
Qed.

Lemma kept_sign c r n u b f p s : sound n -> in_domain c r -> on_cube c r n -> open_form o n u = Some f ->
  keeps o d (around K) n b f p = true -> (forall x, cube c r x -> pattern N x = s) -> nth_error s u = Some b.
Proof.
  intros S HK Hr Hf Hk Hs.
  assert (Hc := cube_center c r (proj1 (proj2 HK))).
  destruct (open_sign _ _ _ c Hf (proj2 S c r HK Hr c Hc)) as [b' [Hb' Ht]]. rewrite (Hs c Hc) in Hb'. rewrite Hb'.
  assert (A := keeps_sound _ _ _ _ _ _ Hk HK Hr c Hc). destruct b, b'; simpl in *; auto; lra.
Qed.

Lemma none_lost t : upper what = true -> forall P n k c r s, walk P n t = Some k -> sound n ->
  in_domain c r -> on_cube c r n -> (forall x, cube c r x -> pattern N x = s) -> prefix P s -> In s (leaves P n t).
Proof.
  intros Hup.
  induction t as [w|u t0 IH0 t1 IH1|u t IH|u b p t IH|u b p|t IH|]; intros P n k c r s H S HK Hr Hs HP; simpl in *.
  - destruct (finished n) as [v|] eqn:E; [|discriminate]. left.
    assert (Hc := cube_center c r (proj1 (proj2 HK))).
    rewrite <- (Hs c Hc). symmetry. apply (finished_pattern n v c E), (proj2 S c r HK Hr c Hc).
  - destruct (open_form o n u) as [f|] eqn:E; [|discriminate].
    destruct ((length P <=? u) && nonzero o d f) eqn:B; [|discriminate].
    apply andb_true_iff in B; destruct B as [_ Hn].
    destruct (walk P (side o n u false f) t0) eqn:E0; [|discriminate].
    destruct (walk P (side o n u true f) t1) eqn:E1; [|discriminate].
    destruct (split_side c r n u f s S HK Hr E Hn Hs) as [b [_ Hb]]. apply in_or_app.
    destruct b; [right; eapply IH1|left; eapply IH0]; eauto using side_sound.
  - destruct (open_form o n u) as [f|] eqn:E; [|discriminate]. destruct (nth_error P u) as [b|] eqn:EP; [|discriminate].
    destruct (nonzero o d f) eqn:Hn; [|discriminate].
    destruct (split_side c r n u f s S HK Hr E Hn Hs) as [b' [Hb' Hside]].
    assert (b' = b) by (rewrite (HP u b EP) in Hb'; congruence). subst b'. eauto using side_sound.
  - destruct (open_form o n u) as [f|] eqn:E; [|discriminate]. destruct (keeps _ _ _ _ _ _ _) eqn:Hk; [|discriminate].
    eapply IH; eauto using kept_sound. intros x Hx. unfold kept; rewrite settle_rows. apply Hr; auto.
  - destruct (open_form o n u) as [f|] eqn:E; [|discriminate]. destruct (nth_error P u) as [c'|] eqn:EP; [|discriminate].
    destruct (eqb b (negb c') && _) eqn:B; [|discriminate]. apply andb_true_iff in B; destruct B as [B Hk].
    apply eqb_prop in B. assert (Q := kept_sign c r n u b f p s S HK Hr E Hk Hs). rewrite (HP u c' EP) in Q.
    destruct b, c'; simpl in *; congruence.
  - destruct (left_prefix P n) as [Q|] eqn:E; [|discriminate].
    destruct (left_prefix_spec _ _ _ E) as [_ [HQ _]].
    eapply IH; eauto using root_sound.
    + intros x Hx. unfold beginning.
      rewrite root_rows. destruct S as [I _]. specialize (Hr x Hx). unfold positive in *. rewrite Forall_forall in *. auto.
    + intros i b Hb. assert (Hc := cube_center c r (proj1 (proj2 HK))). rewrite <- (Hs c Hc).
      apply (agrees_signs n); [apply (proj2 S c r HK Hr c Hc)|auto].
  - rewrite Hup in H; discriminate.
Qed.

(** ** At least: every leaf is a region *)

Lemma rows_open rs w : positive rs w -> exists e, 0 < e /\ forall y, cube w e y -> positive rs y.
Proof.
  intros H; induction H as [|f rs Hf H [e [He IH]]].
  - exists 1; split; [lra|]. intros y _; constructor.
  - unfold Forms.eval in Hf. destruct (dot_above (map val (fst f)) w (- val (snd f))) as [s [Hs Hy]]; [lra|].
    exists (Rmin s e); split; [apply Rmin_pos; auto|]. intros y Hc. constructor.
    + specialize (Hy y). unfold Forms.eval. assert (cube w s y) by (eapply cube_smaller; [apply Rmin_l|exact Hc]).
      apply Hy in H0; lra.
    + apply IH. eapply cube_smaller; [apply Rmin_r|exact Hc].
Qed.

Lemma cut_positive cut x : 0 < eval (cut_form o cut) x <-> dot (map val (fst cut)) x < val (snd cut).
Proof.
  unfold cut_form. rewrite (negated_eval o val ok). unfold Forms.eval; simpl. rewrite (val_opp _ _ ok). lra.
Qed.

Lemma witness_region n w : sound n -> witnessed o what d K (rows n) (Some w) = true ->
  exists c r, in_domain c r /\ on_cube c r n.
Proof.
  intros [I _] H. simpl in H. apply andb_true_iff in H; destruct H as [H Hr].
  apply andb_true_iff in H; destruct H as [Hl Hc]. apply Nat.eqb_eq in Hl.
  destruct (contains_sound o val ok d _ _ fits_shape Hc) as [e1 [He1 H1]].
  assert (P : positive (rows n) (map val w)).
  { apply Forall_forall; intros f Hf. rewrite forallb_forall in Hr. apply Hr, (ltb_spec o val ok) in Hf.
    rewrite (val_zero _ _ ok), (value_of_spec o val ok) in Hf; auto. }
  destruct (rows_open _ _ P) as [e2 [He2 H2]].
  exists (map val w), (Rmin e1 e2). split; [split; [rewrite map_length; auto|split; [apply Rmin_pos; auto|]]|].
  - intros x Hx. split.
    + apply H1. eapply cube_smaller; [apply Rmin_l|exact Hx].
    + assert (Q : positive (rows n) x) by (apply H2; eapply cube_smaller; [apply Rmin_r|exact Hx]).
      subst D; simpl. apply Forall_map, Forall_forall. intros cut Hcut. simpl. apply cut_positive.
      unfold positive in Q; rewrite Forall_forall in Q. apply Q, I, in_map; auto.
  - intros x Hx. apply H2. eapply cube_smaller; [apply Rmin_r|exact Hx].
Qed.

Lemma all_regions t : lower what = true -> forall P n k v, walk P n t = Some k -> sound n ->
  In v (leaves P n t) -> proper_in d N D v.
Proof.
  intros Hlow.
  induction t as [w|u t0 IH0 t1 IH1|u t IH|u b p t IH|u b p|t IH|]; intros P n k v H S Hv; simpl in *.
  - destruct (finished n) as [v'|] eqn:E; [|contradiction]. destruct Hv as [Hv|[]]; subst v'.
    destruct (begins P v && witnessed o what d K (rows n) w) eqn:B; [|discriminate].
    apply andb_true_iff in B; destruct B as [_ B]. destruct w as [w|]; [|simpl in B; rewrite Hlow in B; discriminate].
    destruct (witness_region n w S B) as [c [r [HK Hr]]].
    exists c, r. destruct HK as [Hd [Hp Hin]]. repeat split; auto.
    + apply Hin; auto.
    + apply Hin; auto.
    + apply (finished_pattern n v x E). apply (proj2 S c r); auto. repeat split; auto; apply Hin; auto.
  - destruct (open_form o n u) as [f|] eqn:E; [|discriminate]. destruct (_ && _); [|discriminate].
    destruct (walk P (side o n u false f) t0) eqn:E0; [|discriminate].
    destruct (walk P (side o n u true f) t1) eqn:E1; [|discriminate].
    apply in_app_or in Hv. destruct Hv; [eapply IH0|eapply IH1]; eauto using side_sound.
  - destruct (open_form o n u) as [f|] eqn:E; [|discriminate]. destruct (nth_error P u) as [b|]; [|discriminate].
    destruct (nonzero o d f); [|discriminate]. eauto using side_sound.
  - destruct (open_form o n u) as [f|] eqn:E; [|discriminate]. destruct (keeps _ _ _ _ _ _ _) eqn:Hk; [|discriminate].
    eauto using kept_sound.
  - contradiction.
  - destruct (left_prefix P n); [|discriminate]. eauto using root_sound.
  - contradiction.
Qed.

(** ** No leaf is counted twice *)

Lemma advanced_signs a p c rs us fr i b :
  nth_error (map Some p ++ map (@settled T) c) i = Some (Some b) ->
  nth_error (signs_of (advanced o p c a rs us fr)) i = Some (Some b).
Proof.
  revert p c; induction a as [|stage a IH]; intros p c H; simpl; auto.
  destruct (all_settled c) as [bs|] eqn:E; auto. apply IH.
  apply all_settled_spec in E. rewrite map_app, <- E. rewrite nth_error_app1; auto.
  apply nth_error_Some; congruence.
Qed.

Lemma settle_signs n u b f rs us fr i b' : open_form o n u = Some f ->
  nth_error (signs_of n) i = Some (Some b') -> nth_error (signs_of (settle o n u b rs us fr)) i = Some (Some b').
Proof.
  intros Hf H. apply advanced_signs. destruct (open_form_spec _ _ _ Hf) as [e [He [_ [Hn [_ L]]]]].
  unfold signs_of in H. destruct (lt_dec i (length (past n))) as [Q|Q].
  - rewrite nth_error_app1 in * by (rewrite map_length; auto). auto.
  - rewrite nth_error_app2 in * by (rewrite map_length; lia). rewrite map_length in *.
    assert (i <> u).
    { intros Hi; subst i. rewrite nth_error_map, He in H. simpl in H. congruence. }
    assert (J : (i - length (past n) <> u - length (past n))%nat) by lia.
    revert J H. generalize (i - length (past n))%nat, (u - length (past n))%nat, (current n). clear.
    intros i k l; revert i k; induction l as [|e l IH]; intros i k J H; destruct k, i; simpl in *; auto; lia.
Qed.

Lemma settle_sign n u b f rs us fr : open_form o n u = Some f ->
  nth_error (signs_of (settle o n u b rs us fr)) u = Some (Some b).
Proof.
  intros Hf. apply advanced_signs. destruct (open_form_spec _ _ _ Hf) as [e [He [_ [_ [_ L]]]]].
  rewrite nth_error_app2 by (rewrite map_length; lia). rewrite map_length.
  revert He. generalize (u - length (past n))%nat, (current n). clear.
  intros k l; revert k; induction l as [|e' l IH]; intros [|k] H; simpl in *; try discriminate; auto.
Qed.

Lemma leaves_begin t : forall P n k v, walk P n t = Some k -> In v (leaves P n t) -> prefix P v.
Proof.
  induction t as [w|u t0 IH0 t1 IH1|u t IH|u b p t IH|u b p|t IH|]; intros P n k v H Hv; simpl in *.
  - destruct (finished n) as [v'|] eqn:E; [|contradiction]. destruct Hv as [Hv|[]]; subst v'.
    destruct (begins P v && _) eqn:B; [|discriminate]. apply andb_true_iff in B. apply begins_spec; tauto.
  - destruct (open_form o n u) as [f|] eqn:E; [|discriminate]. destruct (_ && _); [|discriminate].
    destruct (walk P (side o n u false f) t0) eqn:E0; [|discriminate].
    destruct (walk P (side o n u true f) t1) eqn:E1; [|discriminate].
    apply in_app_or in Hv. destruct Hv; [eapply IH0|eapply IH1]; eauto.
  - destruct (open_form o n u) as [f|] eqn:E; [|discriminate]. destruct (nth_error P u) as [b|]; [|discriminate].
    destruct (nonzero o d f); [|discriminate]. eauto.
  - destruct (open_form o n u) as [f|] eqn:E; [|discriminate]. destruct (keeps _ _ _ _ _ _ _); [|discriminate]. eauto.
  - contradiction.
  - destruct (left_prefix P n) as [Q|] eqn:E; [|discriminate]. destruct (left_prefix_spec _ _ _ E) as [HP _].
    intros i b Hb. apply HP in Hb. eapply IH; eauto.
  - contradiction.
Qed.

Lemma leaves_on_path t : forall P n k v, walk P n t = Some k -> In v (leaves P n t) ->
  forall u b, In u (path n) -> nth_error (signs_of n) u = Some (Some b) -> nth_error v u = Some b.
Proof.
  induction t as [w|u t0 IH0 t1 IH1|u t IH|u b p t IH|u b p|t IH|]; intros P n k v H Hv u' b' Hu Hb; simpl in *.
  - destruct (finished n) as [v'|] eqn:E; [|contradiction]. destruct Hv as [Hv|[]]; subst v'.
    apply finished_signs in E. rewrite <- E, nth_error_map in Hb. destruct (nth_error v u'); inversion Hb; auto.
  - destruct (open_form o n u) as [f|] eqn:E; [|discriminate]. destruct (_ && _); [|discriminate].
    destruct (walk P (side o n u false f) t0) eqn:E0; [|discriminate].
    destruct (walk P (side o n u true f) t1) eqn:E1; [|discriminate].
    apply in_app_or in Hv. destruct Hv as [Hv|Hv]; [eapply IH0|eapply IH1]; eauto;
      solve [unfold side; rewrite settle_path; right; auto | eapply settle_signs; eauto].
  - destruct (open_form o n u) as [f|] eqn:E; [|discriminate]. destruct (nth_error P u) as [b|]; [|discriminate].
    destruct (nonzero o d f); [|discriminate]. eapply IH; eauto;
      solve [unfold side; rewrite settle_path; right; auto | eapply settle_signs; eauto].
  - destruct (open_form o n u) as [f|] eqn:E; [|discriminate]. destruct (keeps _ _ _ _ _ _ _); [|discriminate].
    eapply IH; eauto; solve [unfold kept; rewrite settle_path; auto | eapply settle_signs; eauto].
  - contradiction.
  - destruct (left_prefix P n) as [Q|] eqn:E; [|discriminate]. destruct (left_prefix_spec _ _ _ E) as [_ [HQ HL]].
    apply HL in Hu. destruct (nth_error Q u') as [q|] eqn:Eq; [|apply nth_error_None in Eq; lia].
    assert (q = b') by (apply HQ in Eq; congruence). subst q. eapply leaves_begin; eauto.
  - contradiction.
Qed.

Lemma nodup_app {A} (l m : list A) : NoDup l -> NoDup m -> (forall x, In x l -> ~ In x m) -> NoDup (l ++ m).
Proof.
  intros Hl Hm H; induction Hl as [|x l Hx Hl IH]; auto. simpl; constructor.
  - rewrite in_app_iff. intros [Q|Q]; [auto|]. apply (H x); [left; auto|auto].
  - apply IH. intros y Hy; apply H; right; auto.
Qed.

Lemma none_twice t : forall P n k, walk P n t = Some k -> NoDup (leaves P n t).
Proof.
  induction t as [w|u t0 IH0 t1 IH1|u t IH|u b p t IH|u b p|t IH|]; intros P n k H; simpl in *; try constructor.
  - destruct (finished n); repeat constructor; auto.
  - destruct (open_form o n u) as [f|] eqn:E; [|discriminate]. destruct (_ && _); [|discriminate].
    destruct (walk P (side o n u false f) t0) eqn:E0; [|discriminate].
    destruct (walk P (side o n u true f) t1) eqn:E1; [|discriminate].
    apply nodup_app; eauto. intros v H0 H1.
    assert (A : forall b, In u (path (side o n u b f)) /\ nth_error (signs_of (side o n u b f)) u = Some (Some b)).
    { intros b; split; [unfold side; rewrite settle_path; left; auto|eapply settle_sign; eauto]. }
    assert (V0 := leaves_on_path _ _ _ _ _ E0 H0 u false (proj1 (A false)) (proj2 (A false))).
    assert (V1 := leaves_on_path _ _ _ _ _ E1 H1 u true (proj1 (A true)) (proj2 (A true))). congruence.
  - destruct (open_form o n u) as [f|] eqn:E; [|discriminate]. destruct (nth_error P u) as [b|]; [|discriminate].
    destruct (nonzero o d f); [|discriminate]. eauto.
  - destruct (open_form o n u) as [f|] eqn:E; [|discriminate]. destruct (keeps _ _ _ _ _ _ _); [|discriminate]. eauto.
  - destruct (left_prefix P n) as [Q|]; [|discriminate]. eauto.
Qed.

End Walk.
